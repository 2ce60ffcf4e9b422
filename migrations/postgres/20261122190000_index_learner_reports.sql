-- Reports ask by reference, by block and by context, not by learner.

CREATE INDEX learner_selection_by_reference ON learner_selection (reference, learner);
CREATE INDEX learner_block_by_usage ON learner_block (usage_key, learner);
CREATE INDEX event_outbox_by_context ON event_outbox (context, id);
