//! What videos are: fields and traits of the `video` type (xblock-core §1, §2).

use xblock::{BlockDecl, CompletionMode, DefaultValue::*, FieldDecl, Scope, field::FieldType};

/// The `video` type.
pub static DECL: BlockDecl = BlockDecl {
    block_type: "video",
    class_name: "VideoBlock",
    title: "Video",
    has_children: false,
    has_score: false,
    icon_class: "video",
    completion_mode: CompletionMode::Completable,
    fields: FIELDS,
    customizable: &[],
};

const FIELDS: &[FieldDecl] = &[
    FieldDecl::new("auto_advance", FieldType::Boolean, Scope::Preferences, Bool(true)),
    FieldDecl {
        display_name: Some("Do not show bumper again"),
        ..FieldDecl::new("bumper_do_not_show_again", FieldType::Boolean, Scope::Preferences, Bool(false))
    },
    FieldDecl {
        display_name: Some("Date of the last view of the bumper"),
        ..FieldDecl::new("bumper_last_view_date", FieldType::DateTime, Scope::Preferences, Null)
    },
    FieldDecl::new("data", FieldType::String, Scope::Content, Text("")),
    FieldDecl {
        display_name: Some("Component Display Name"),
        ..FieldDecl::new("display_name", FieldType::String, Scope::Settings, Text("Video"))
    },
    FieldDecl {
        display_name: Some("Download Transcript Allowed"),
        ..FieldDecl::new("download_track", FieldType::Boolean, Scope::Settings, Bool(false))
    },
    FieldDecl {
        display_name: Some("Video Download Allowed"),
        ..FieldDecl::new("download_video", FieldType::Boolean, Scope::Settings, Bool(false))
    },
    FieldDecl {
        display_name: Some("Video ID"),
        ..FieldDecl::new("edx_video_id", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl {
        display_name: Some("Video Stop Time"),
        ..FieldDecl::new("end_time", FieldType::RelativeTime, Scope::Settings, Text("00:00:00"))
    },
    FieldDecl::new("global_speed", FieldType::Float, Scope::Preferences, Float(1.0)),
    FieldDecl {
        display_name: Some("Upload Handout"),
        ..FieldDecl::new("handout", FieldType::String, Scope::Settings, Null)
    },
    FieldDecl {
        display_name: Some("Video File URLs"),
        ..FieldDecl::new("html5_sources", FieldType::List, Scope::Settings, EmptyList)
    },
    FieldDecl {
        display_name: Some("License"),
        ..FieldDecl::new("license", FieldType::String, Scope::Content, Null)
    },
    FieldDecl::new("name", FieldType::String, Scope::Settings, Null),
    FieldDecl {
        display_name: Some("Video Available on Web Only"),
        ..FieldDecl::new("only_on_web", FieldType::Boolean, Scope::Settings, Bool(false))
    },
    FieldDecl::new("parent", FieldType::Reference, Scope::Parent, Null),
    FieldDecl {
        display_name: Some("Public Access"),
        ..FieldDecl::new("public_access", FieldType::Boolean, Scope::Settings, Bool(false))
    },
    FieldDecl::new("saved_video_position", FieldType::RelativeTime, Scope::UserState, Text("00:00:00")),
    FieldDecl {
        display_name: Some("Show Transcript"),
        ..FieldDecl::new("show_captions", FieldType::Boolean, Scope::Settings, Bool(true))
    },
    FieldDecl::new("speed", FieldType::Float, Scope::UserState, Null),
    FieldDecl {
        display_name: Some("Video Start Time"),
        ..FieldDecl::new("start_time", FieldType::RelativeTime, Scope::Settings, Text("00:00:00"))
    },
    FieldDecl {
        display_name: Some("Default Timed Transcript"),
        ..FieldDecl::new("sub", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl::new("tags", FieldType::List, Scope::Settings, EmptyList),
    FieldDecl {
        display_name: Some("Thumbnail"),
        ..FieldDecl::new("thumbnail", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl {
        display_name: Some("Downloadable Transcript URL"),
        ..FieldDecl::new("track", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl::new("transcript_download_format", FieldType::String, Scope::Preferences, Text("srt")),
    FieldDecl {
        display_name: Some("Preferred language for transcript"),
        ..FieldDecl::new("transcript_language", FieldType::String, Scope::Preferences, Text("en"))
    },
    FieldDecl {
        display_name: Some("Transcript Languages"),
        ..FieldDecl::new("transcripts", FieldType::Dict, Scope::Settings, EmptyDict)
    },
    FieldDecl::new("xml_attributes", FieldType::Dict, Scope::Settings, EmptyDict),
    FieldDecl {
        display_name: Some("YouTube ID for .75x speed"),
        ..FieldDecl::new("youtube_id_0_75", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl {
        display_name: Some("YouTube ID"),
        ..FieldDecl::new("youtube_id_1_0", FieldType::String, Scope::Settings, Text("3_yD_cEKoCk"))
    },
    FieldDecl {
        display_name: Some("YouTube ID for 1.25x speed"),
        ..FieldDecl::new("youtube_id_1_25", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl {
        display_name: Some("YouTube ID for 1.5x speed"),
        ..FieldDecl::new("youtube_id_1_5", FieldType::String, Scope::Settings, Text(""))
    },
    FieldDecl::new("youtube_is_available", FieldType::Boolean, Scope::UserInfo, Bool(true)),
];
