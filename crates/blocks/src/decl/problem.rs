//! What problems are: fields and traits of the `problem` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `problem` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "problem",
    class_name: "ProblemBlock",
    title: "Blank Problem",
    has_children: false,
    has_score: true,
    icon_class: "problem",
    completion_mode: CompletionMode::Completable,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("attempts", FieldType::Integer, Scope::UserState, Int(0)),
    FieldDecl {
        display_name: Some("Show Answer: Number of Attempts"),
        ..FieldDecl::new("attempts_before_showanswer_button", FieldType::Integer, Scope::Settings, Int(0))
    },
    FieldDecl::new("correct_map", FieldType::Dict, Scope::UserState, EmptyDict),
    FieldDecl::new("correct_map_history", FieldType::List, Scope::UserState, EmptyList),
    FieldDecl {
        enforce_type: true,
        ..FieldDecl::new("data", FieldType::XmlString, Scope::Content, Text("<problem></problem>"))
    },
    FieldDecl {
        display_name: Some("Display Name"),
        ..FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Blank Problem"))
    },
    FieldDecl::new("done", FieldType::Boolean, Scope::UserState, Bool(false)),
    FieldDecl::new("due", FieldType::Date, Scope::Settings, Null),
    FieldDecl::new("force_save_button", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl::new("graceperiod", FieldType::Timedelta, Scope::Settings, Null),
    FieldDecl {
        display_name: Some("Grading Method"),
        ..FieldDecl::new("grading_method", FieldType::String, Scope::Settings, Text("last_score"))
    },
    FieldDecl::new("has_saved_answers", FieldType::Boolean, Scope::UserState, Bool(false)),
    FieldDecl::new("input_state", FieldType::Dict, Scope::UserState, EmptyDict),
    FieldDecl::new("last_submission_time", FieldType::Date, Scope::UserState, Null),
    FieldDecl::new("markdown", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("markdown_edited", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl {
        display_name: Some("Matlab API key"),
        ..FieldDecl::new("matlab_api_key", FieldType::String, Scope::Settings, Null)
    },
    FieldDecl {
        display_name: Some("Maximum Attempts"),
        ..FieldDecl::new("max_attempts", FieldType::Integer, Scope::Settings, Null)
    },
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl {
        display_name: Some("Randomization"),
        none_to_xml: true,
        ..FieldDecl::new("rerandomize", FieldType::Randomization, Scope::Settings, Text("never"))
    },
    FieldDecl::new("score", FieldType::Score, Scope::UserState, Null),
    FieldDecl::new("score_history", FieldType::ListScore, Scope::UserState, EmptyList),
    FieldDecl::new("seed", FieldType::Integer, Scope::UserState, Null),
    FieldDecl {
        display_name: Some("Show Results"),
        ..FieldDecl::new("show_correctness", FieldType::String, Scope::Settings, Text("always"))
    },
    FieldDecl {
        display_name: Some("Show Reset Button"),
        ..FieldDecl::new("show_reset_button", FieldType::Boolean, Scope::Settings, Bool(false))
    },
    FieldDecl {
        display_name: Some("Show Answer"),
        ..FieldDecl::new("showanswer", FieldType::String, Scope::Settings, Text("finished"))
    },
    FieldDecl::new("source_code", FieldType::String, Scope::Settings, Null),
    FieldDecl::new("student_answers", FieldType::Dict, Scope::UserState, EmptyDict),
    FieldDecl::new("student_answers_history", FieldType::List, Scope::UserState, EmptyList),
    FieldDecl {
        display_name: Some("Timer Between Attempts"),
        ..FieldDecl::new("submission_wait_seconds", FieldType::Integer, Scope::Settings, Int(0))
    },
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl::new("use_latex_compiler", FieldType::Boolean, Scope::Settings, Bool(false)),
    FieldDecl {
        display_name: Some("Problem Weight"),
        ..FieldDecl::new("weight", FieldType::Float, Scope::Settings, Null)
    },
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
];
