PRAGMA user_version = 0;
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
INSERT INTO "outbox" VALUES(1,'8c687c4c-e303-4c89-a19d-a9039426f1f0','2026-11-29T06:37:38.817Z','2026-11-29T06:37:42.680Z',0,0,0,0,'0.1.0');
INSERT INTO "outbox" VALUES(2,'154abdeb-94d1-4257-bd8c-93feff54ce7b','2026-11-29T06:37:42.680Z','2026-11-29T06:37:46.768Z',0,3,0,3,'0.1.0');
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
INSERT INTO "state" VALUES(0,'2026-11-29T06:37:46.768Z','CouldNotConnect',2);
CREATE TABLE watermark (
    file TEXT PRIMARY KEY,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL
) STRICT;
INSERT INTO "watermark" VALUES('4cba6da8-dd49-452a-ad34-b9f7aaf7669c.counter',0,3,0,3);
COMMIT;
