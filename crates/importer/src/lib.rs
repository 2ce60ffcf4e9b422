//! Reads course trees and library archives into bundles.
