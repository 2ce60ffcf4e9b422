//! `exedra token`: a signed token for a person, for trying things out and for other programs.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    token::{Claims, sign_jwt},
};

#[derive(Args)]
pub(super) struct Options {
    /// User id.
    #[arg(long)]
    user: u64,
    /// User name.
    #[arg(long, default_value = "")]
    name: String,
    /// E-mail address.
    #[arg(long, default_value = "")]
    email: String,
    /// Staff of the whole installation.
    #[arg(long)]
    staff: bool,
    /// May create courses.
    #[arg(long)]
    course_creator: bool,
    /// Hours for which the token is valid, at most 24 × 30.
    #[arg(long, default_value_t = 1)]
    hours: i64,
}

pub(super) fn run(config: &Config, options: &Options) -> Result<ExitCode> {
    if !(1..=24 * 30).contains(&options.hours) {
        bail!("a token is valid for 1 to 720 hours");
    }
    let claims = Claims {
        user_id: Some(options.user),
        preferred_username: options.name.clone(),
        name: options.name.clone(),
        email: options.email.clone(),
        administrator: options.staff,
        course_creator: options.course_creator,
        exp: SystemClock.now().unix_timestamp() + options.hours * 3600,
        ..Claims::default()
    };
    println!("{}", sign_jwt(&config.jwt_keys[0], &claims));
    Ok(ExitCode::SUCCESS)
}
