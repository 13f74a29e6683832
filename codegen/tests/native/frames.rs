//! Frames: slots, spills, alignment, dynamic allocation.
