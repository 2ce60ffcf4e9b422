//! Templates, block wrappers, URL rewriting, the embed page and MathML.
