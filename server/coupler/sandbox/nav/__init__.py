"""NAV 2016, NAV 2018 and Business Central over the same salespeople (protocols 3, 4, 7.3)."""
