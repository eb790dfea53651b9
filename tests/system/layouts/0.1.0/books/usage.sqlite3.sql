PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE record (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "record" VALUES('101d6ad2-ace9-48e2-973c-f560ea2a1447','{"id":"101d6ad2-ace9-48e2-973c-f560ea2a1447","apiType":"anomalydetector","containerType":"anomaly-detector","containerVersion":"0.1.0","containerId":"8421ae92-2391-431e-93c0-2ca27d21dc2a","windowStart":"2026-11-29T06:37:38.702Z","windowEnd":"2026-11-29T06:37:38.702Z","meters":[{"name":"CognitiveServices.AnomalyDetector.Container.ChangePointDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.DataPoints","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.EntireDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.LastDetect","quantity":0}]}');
INSERT INTO "record" VALUES('4ff0de8e-ad0f-47e6-9737-545105384dec','{"id":"4ff0de8e-ad0f-47e6-9737-545105384dec","apiType":"anomalydetector","containerType":"anomaly-detector","containerVersion":"0.1.0","containerId":"8421ae92-2391-431e-93c0-2ca27d21dc2a","windowStart":"2026-11-29T06:37:38.702Z","windowEnd":"2026-11-29T06:37:38.817Z","meters":[{"name":"CognitiveServices.AnomalyDetector.Container.ChangePointDetect","quantity":0},{"name":"CognitiveServices.AnomalyDetector.Container.DataPoints","quantity":2},{"name":"CognitiveServices.AnomalyDetector.Container.EntireDetect","quantity":2},{"name":"CognitiveServices.AnomalyDetector.Container.LastDetect","quantity":0}]}');
CREATE TABLE usage (
    day TEXT NOT NULL, container_id TEXT NOT NULL, meter TEXT NOT NULL,
    record_id TEXT NOT NULL REFERENCES record (id),
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (day, container_id, meter, record_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.ChangePointDetect','101d6ad2-ace9-48e2-973c-f560ea2a1447',0);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.ChangePointDetect','4ff0de8e-ad0f-47e6-9737-545105384dec',0);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.DataPoints','101d6ad2-ace9-48e2-973c-f560ea2a1447',0);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.DataPoints','4ff0de8e-ad0f-47e6-9737-545105384dec',2);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.EntireDetect','101d6ad2-ace9-48e2-973c-f560ea2a1447',0);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.EntireDetect','4ff0de8e-ad0f-47e6-9737-545105384dec',2);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.LastDetect','101d6ad2-ace9-48e2-973c-f560ea2a1447',0);
INSERT INTO "usage" VALUES('2026-11-29','8421ae92-2391-431e-93c0-2ca27d21dc2a','CognitiveServices.AnomalyDetector.Container.LastDetect','4ff0de8e-ad0f-47e6-9737-545105384dec',0);
COMMIT;
