//! OLX: a lossless XML tree with positions, its reader and its writer.
