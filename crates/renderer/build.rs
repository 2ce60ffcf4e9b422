//! Embeds `templates/` and `static/` in the crate, as tables of name and content.

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

#[expect(clippy::disallowed_macros, reason = "cargo reads what a build script prints")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for (folder, table, kind, include) in
        [("templates", "TEMPLATES", "&str", "include_str!"), ("static", "FILES", "&[u8]", "include_bytes!")]
    {
        let folder = root.join(folder).canonicalize()?;
        let mut files = Vec::new();
        collect(&folder, "", &mut files)?;
        files.sort();
        let mut code = format!("pub(super) static {table}: &[(&str, {kind})] = &[\n");
        for name in &files {
            writeln!(code, "    ({name:?}, {include}({:?})),", folder.join(name))?;
        }
        code.push_str("];\n");
        fs::write(out.join(format!("{}.rs", table.to_lowercase())), code)?;
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// Lists the files below a folder by their path in it, with `/`; hidden ones are left out.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
