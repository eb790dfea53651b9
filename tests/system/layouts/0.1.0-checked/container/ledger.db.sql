PRAGMA user_version = 0;
PRAGMA application_id = 1587619106;
BEGIN TRANSACTION;
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    window_start TEXT NOT NULL,
    window_end TEXT NOT NULL,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL,
    version TEXT NOT NULL
) STRICT;
INSERT INTO "outbox" VALUES(1,'a5596525-651d-4774-8030-b97313be1bde','2026-11-30T21:17:24.321Z','2026-11-30T21:17:26.038Z',0,1,0,1,'0.1.0');
INSERT INTO "outbox" VALUES(2,'7f59fe7b-8c67-4a18-b323-a2b40e9a5777','2026-11-30T21:17:26.038Z','2026-11-30T21:17:29.952Z',0,2,0,2,'0.1.0');
CREATE TABLE refusal (
    id TEXT PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;
CREATE TABLE set_aside (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    window_start TEXT NOT NULL,
    window_end TEXT NOT NULL,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL,
    version TEXT NOT NULL
) STRICT;
CREATE TABLE state (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
    window_end TEXT,
    status TEXT NOT NULL,
    failed_attempts INTEGER NOT NULL
) STRICT;
INSERT INTO "state" VALUES(0,'2026-11-30T21:17:29.952Z','CouldNotConnect',2);
CREATE TABLE watermark (
    file TEXT PRIMARY KEY,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL
) STRICT;
INSERT INTO "watermark" VALUES('762e13ee-7255-4b98-bd0d-26218e46928d.counter',0,3,0,3);
COMMIT;
