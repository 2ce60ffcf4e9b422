//! Problems: parsing, grading, hints and the view model of their inputs.
