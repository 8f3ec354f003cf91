"""The engine room: numba and numpy alone, arrays in and arrays out."""
