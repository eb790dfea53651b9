// @azure/ai-anomaly-detector 3.0.0-beta.5, which speaks v1.1-preview.1.
const { AnomalyDetectorClient } = require("@azure/ai-anomaly-detector");
const { AzureKeyCredential } = require("@azure/core-auth");
const { run } = require("./questions.cjs");

run((endpoint, key) => {
  const client = new AnomalyDetectorClient(endpoint, new AzureKeyCredential(key));
  return {
    entire: (question) => client.detectEntireSeries(question),
    last: (question) => client.detectLastPoint(question),
    changePoint: (question) => client.detectChangePoint(question),
    refusal: (error) => ({
      status: error.statusCode,
      header: error.response?.headers.get("x-ms-error-code"),
      body: error.details,
    }),
  };
});
