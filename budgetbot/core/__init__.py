"""The pure heart: plain values in, plain values out; standard library and numpy only."""
