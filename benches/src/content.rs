//! The content of the benchmarks: short texts with one formula each, choices and numbers to answer.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;

/// Key of the library the units draw from.
pub const LIBRARY: &str = "lib:Bench:tides";
/// Blocks of it.
pub const POOL: usize = 50;
/// Libraries that are only there to be large; a bundle has a limit of files, so they are several.
pub const LARGE: [&str; 4] = ["lib:Bench:large1", "lib:Bench:large2", "lib:Bench:large3", "lib:Bench:large4"];
/// A text block.
pub const HTML: &str = "lb:Bench:tides:html:b1";
/// A problem with four choices.
pub const CHOICE: &str = "lb:Bench:tides:problem:b0";
/// A problem that asks for a number.
pub const NUMBER: &str = "lb:Bench:tides:problem:b3";
/// A course of many units that draw from the library.
pub const LARGE_COURSE: &str = "course-v1:Bench+Sea+2026";
/// A unit of ten text blocks.
pub const TEN: &str = "block-v1:Bench+Tides+2026+type@vertical+block@ten";
/// A unit of thirty text blocks.
pub const THIRTY: &str = "block-v1:Bench+Tides+2026+type@vertical+block@thirty";
/// A unit that draws thirty of the library's fifty blocks for every learner.
pub const STRESS: &str = "block-v1:Bench+Tides+2026+type@vertical+block@stress";

const DATE: &str = "2026-11-01T09:00:00Z";

/// Writes a library of so many blocks as the folder of an archive; every third is a problem, choice and number
/// in turn.
///
/// # Errors
/// Files that cannot be written.
pub fn write_library(folder: &Path, key: &str, blocks: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    let package = format!(
        "[meta]\nformat_version = 1\ncreated_at = {DATE}\n\n[learning_package]\ntitle = \"Tides\"\n\
         key = \"{key}\"\ndescription = \"Texts and questions about the tide.\"\ncreated = {DATE}\nupdated = {DATE}\n"
    );
    fs::write(folder.join("package.toml"), package)?;
    for n in 0..blocks {
        let (tag, olx) = match n % 6 {
            0 => ("problem", choice(n)),
            3 => ("problem", number(n)),
            _ => ("html", format!("<html display_name=\"Gauge {n}\"><![CDATA[{}]]></html>\n", text(n))),
        };
        let entities = folder.join("entities/xblock.v1").join(tag);
        let version = entities.join(format!("b{n}/component_versions/v1"));
        fs::create_dir_all(&version)?;
        fs::write(version.join("block.xml"), olx)?;
        let entity = format!(
            "[entity]\ncan_stand_alone = true\nkey = \"xblock.v1:{tag}:b{n}\"\ncreated = {DATE}\n\n\
             [entity.draft]\nversion_num = 1\n\n[entity.published]\nversion_num = 1\n\n\
             [[version]]\ntitle = \"Gauge {n}\"\nversion_num = 1\n"
        );
        fs::write(entities.join(format!("b{n}.toml")), entity)?;
    }
    Ok(())
}

/// Writes the course: units of ten and thirty texts, and the unit that draws from the library.
///
/// # Errors
/// Files that cannot be written.
pub fn write_course(folder: &Path) -> Result<()> {
    for name in ["course", "html"] {
        fs::create_dir_all(folder.join(name))?;
    }
    fs::write(folder.join("course.xml"), "<course url_name=\"2026\" org=\"Bench\" course=\"Tides\"/>\n")?;
    let mut units = String::new();
    for (name, blocks) in [("ten", 10), ("thirty", 30)] {
        write!(units, "<vertical url_name=\"{name}\" display_name=\"{blocks} texts\">")?;
        for n in 0..blocks {
            let id = format!("{name}-{n}");
            write!(units, "<html url_name=\"{id}\"/>")?;
            let pointer = format!("<html filename=\"{id}\" display_name=\"Gauge {n}\"/>\n");
            fs::write(folder.join("html").join(format!("{id}.xml")), pointer)?;
            fs::write(folder.join("html").join(format!("{id}.html")), text(n))?;
        }
        units.push_str("</vertical>\n");
    }
    let course = format!(
        "<course display_name=\"The tide\" language=\"en\" start=\"2026-01-01T00:00:00Z\">\n\
         <chapter url_name=\"c\" display_name=\"At the harbour\">\n\
         <sequential url_name=\"s\" display_name=\"Gauges\">\n{units}\
         <vertical url_name=\"stress\" display_name=\"Thirty of fifty\">\
         <random_lib_ref url_name=\"drawn\" library_key=\"{LIBRARY}\" library_version=\"1\" count=\"30\"/>\
         </vertical>\n</sequential>\n</chapter>\n</course>\n"
    );
    fs::write(folder.join("course/2026.xml"), course)?;
    Ok(())
}

/// Writes a course of so many units, ten in a sequence, each of two texts and five blocks drawn from the library.
///
/// # Errors
/// Files that cannot be written.
pub fn write_large_course(folder: &Path, units: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut course = String::from(
        "<course url_name=\"2026\" org=\"Bench\" course=\"Sea\" display_name=\"The sea\">\n<chapter url_name=\"c\">\n",
    );
    for n in 0..units {
        if n % 10 == 0 {
            let end = if n == 0 { "" } else { "</sequential>\n" };
            writeln!(course, "{end}<sequential url_name=\"s{n}\" display_name=\"Gauges {n}\">")?;
        }
        writeln!(
            course,
            "<vertical url_name=\"u{n}\" display_name=\"Gauge {n}\"><html url_name=\"a{n}\">{}</html>\
             <html url_name=\"b{n}\">{}</html><random_lib_ref url_name=\"r{n}\" library_key=\"{LIBRARY}\" \
             library_version=\"1\" count=\"5\"/></vertical>",
            text(n),
            text(n + 1)
        )?;
    }
    course.push_str("</sequential>\n</chapter>\n</course>\n");
    fs::write(folder.join("course.xml"), course)?;
    Ok(())
}

/// A text of 0.4 kB with one formula.
fn text(n: usize) -> String {
    let period = 12 + n % 3;
    format!(
        "<p>Gauge {n} shows how the tide moves. The water stands above its mean by \
         \\(h(t) = A \\cos\\left(\\frac{{2\\pi t}}{{{period}}}\\right)\\), hours after the high tide.</p>\n\
         <p>Read the height <em>every hour</em> and mark it on squared paper: after one day you see two hills and \
         two valleys. Compare the times with the table of the harbour, and write down by how many minutes they \
         differ.</p>\n"
    )
}

fn choice(n: usize) -> String {
    format!(
        "<problem display_name=\"Gauge {n}: choose\">\n\
         <multiplechoiceresponse>\n\
         <label>The moon stands above gauge {n}. Where else on the earth is the water high?</label>\n\
         <choicegroup type=\"MultipleChoice\">\n\
         <choice correct=\"false\">Nowhere else</choice>\n\
         <choice correct=\"true\">On the side that looks away from the moon</choice>\n\
         <choice correct=\"false\">At both poles</choice>\n\
         <choice correct=\"false\">Everywhere on the equator</choice>\n\
         </choicegroup>\n\
         <solution><p>The far side is pulled less than the middle of the earth.</p></solution>\n\
         </multiplechoiceresponse>\n</problem>\n"
    )
}

fn number(n: usize) -> String {
    format!(
        "<problem display_name=\"Gauge {n}: count\">\n\
         <numericalresponse answer=\"6.2\">\n\
         <label>High tides at gauge {n} are 12.4 hours apart. How many hours after a high tide is the water lowest?</label>\n\
         <responseparam type=\"tolerance\" default=\"2%\"/>\n\
         <formulaequationinput size=\"10\"/>\n\
         <solution><p>Half the time: \\(12.4 / 2 = 6.2\\).</p></solution>\n\
         </numericalresponse>\n</problem>\n"
    )
}
