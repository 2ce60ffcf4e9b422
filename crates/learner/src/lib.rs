//! Learner state: values, scores, completion, selections, events.
