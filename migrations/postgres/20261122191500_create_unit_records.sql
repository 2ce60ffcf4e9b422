-- Units of published versions, compiled for reading (unit-composition §2.2). A record is a copy: whatever is
-- missing here is made again from the files of the version. A program reads records of its own format only.

CREATE TABLE unit_record (
    bundle BYTEA NOT NULL,
    version BIGINT NOT NULL,
    unit TEXT COLLATE "C" NOT NULL,
    format BIGINT NOT NULL,
    -- JSON.
    body TEXT NOT NULL,
    PRIMARY KEY (bundle, version, unit),
    FOREIGN KEY (bundle, version) REFERENCES bundle_version (bundle, number) ON DELETE CASCADE
);
