"""Constants shared by world and kernel. The kernel compiles them in, so the name of its cache depends on this file."""

YEAR = 4  # quarters
FIRST_YEAR, LAST_YEAR = 2020, 2050  # of a horizon
BURN_IN = 8  # quarters before quarter zero, without climbing, entry or exit
ORIGIN = YEAR * FIRST_YEAR - BURN_IN  # index of the first quarter of burn-in: 2018Q1
GIVEN_YEARS = 3  # 2020 to 2022: the record sets registrations and designations, and yardsticks are measured

LEVELS = 5  # of the ladder
ALL_LEVELS = tuple(range(LEVELS))
TOP = LEVELS - 1
QUALITY = 2  # from this level on a firm is a quality firm (X2)
REGISTRATION, DIRECT, WAYS = 0, 3, 4  # ways up: 0 → 1, 1 → 2, 2 → 3, and from 0 straight to 2
SME_TERM = YEAR  # quarters for which the registration as a technology SME holds
TERM = 3 * YEAR  # quarters for which a high-tech certificate or a title holds
SPECIALISED = 3  # from this level on it is a specialised and sophisticated one too

CUTS = 4  # cut-points between the five answers of X1, X5, X6 and X7
VARIABLES = 14  # X0 (the constant) … X13
SURVEY_VARIABLES = range(1, VARIABLES)
