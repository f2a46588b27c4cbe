"""What doubtful numbers leave open: regret, the worth of knowing a number, what an answer hangs on."""
