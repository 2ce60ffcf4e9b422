//! Compiled units of published versions.

use crate::engine::Statement;

/// (bundle, version, format, records as [unit, body]): nothing is written for a version that is not there; a
/// record of a newer format stays.
pub(crate) const PUT_UNITS: Statement = statement!(
    "INSERT INTO unit_record (bundle, version, unit, format, body)
     SELECT v.bundle, v.number, item.value ->> 0, $3, item.value ->> 1
     FROM bundle_version v CROSS JOIN " {4} "
     WHERE v.bundle = $1 AND v.number = $2
     ON CONFLICT (bundle, version, unit) DO UPDATE SET format = excluded.format, body = excluded.body
     WHERE unit_record.format < excluded.format
        OR (unit_record.format = excluded.format AND unit_record.body <> excluded.body)"
);

/// (bundle, version, format, unit)
pub(crate) const UNIT: Statement = statement!(
    "SELECT body FROM unit_record WHERE bundle = $1 AND version = $2 AND format = $3 AND unit = $4"
);

/// (bundle, version, format)
pub(crate) const UNITS: Statement = statement!(
    "SELECT unit FROM unit_record WHERE bundle = $1 AND version = $2 AND format = $3 ORDER BY unit"
);
