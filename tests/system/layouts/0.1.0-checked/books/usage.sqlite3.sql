PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE record (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "record" VALUES('121044d2-5d83-40d2-9c56-2ba8c0513ac5','{"id":"121044d2-5d83-40d2-9c56-2ba8c0513ac5","apiType":"anomalydetector","containerType":"anomaly-detector","containerVersion":"0.1.0","containerId":"b90855a8-2ffe-4bb7-bf4f-63530a55db7e","windowStart":"2026-11-30T21:17:24.298Z","windowEnd":"2026-11-30T21:17:24.321Z","meters":[{"name":"CognitiveServices.AnomalyDetector.Container.ChangePointDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.DataPoints","quantity":2},{"name":"CognitiveServices.AnomalyDetector.Container.EntireDetect","quantity":2},{"name":"CognitiveServices.AnomalyDetector.Container.LastDetect","quantity":0}]}');
INSERT INTO "record" VALUES('1ab19e96-de51-4f89-986e-34ddb00f1382','{"id":"1ab19e96-de51-4f89-986e-34ddb00f1382","apiType":"anomalydetector","containerType":"anomaly-detector","containerVersion":"0.1.0","containerId":"b90855a8-2ffe-4bb7-bf4f-63530a55db7e","windowStart":"2026-11-30T21:17:24.298Z","windowEnd":"2026-11-30T21:17:24.298Z","meters":[{"name":"CognitiveServices.AnomalyDetector.Container.ChangePointDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.DataPoints","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.EntireDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.LastDetect","quantity":0}]}');
CREATE TABLE usage (
    day TEXT NOT NULL, container_id TEXT NOT NULL, meter TEXT NOT NULL,
    record_id TEXT NOT NULL REFERENCES record (id),
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (day, container_id, meter, record_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.ChangePointDetect','121044d2-5d83-40d2-9c56-2ba8c0513ac5',0);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.ChangePointDetect','1ab19e96-de51-4f89-986e-34ddb00f1382',0);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.DataPoints','121044d2-5d83-40d2-9c56-2ba8c0513ac5',2);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.DataPoints','1ab19e96-de51-4f89-986e-34ddb00f1382',0);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.EntireDetect','121044d2-5d83-40d2-9c56-2ba8c0513ac5',2);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.EntireDetect','1ab19e96-de51-4f89-986e-34ddb00f1382',0);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.LastDetect','121044d2-5d83-40d2-9c56-2ba8c0513ac5',0);
INSERT INTO "usage" VALUES('2026-11-30','b90855a8-2ffe-4bb7-bf4f-63530a55db7e','CognitiveServices.AnomalyDetector.Container.LastDetect','1ab19e96-de51-4f89-986e-34ddb00f1382',0);
COMMIT;
