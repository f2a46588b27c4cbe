"""The province against its record: calibration, history, scorecard."""
