// @azure/cognitiveservices-anomalydetector 2.1.0, which speaks v1.0.
const { AnomalyDetectorClient } = require("@azure/cognitiveservices-anomalydetector");
const { CognitiveServicesCredentials } = require("@azure/ms-rest-azure-js");
const { run } = require("./questions.cjs");

run((endpoint, key) => {
  const client = new AnomalyDetectorClient(new CognitiveServicesCredentials(key), endpoint);
  return {
    entire: (question) => client.entireDetect(question),
    last: (question) => client.lastDetect(question),
    changePoint: (question) => client.changePointDetect(question),
    refusal: (error) => ({ status: error.statusCode, body: error.body }),
  };
});
