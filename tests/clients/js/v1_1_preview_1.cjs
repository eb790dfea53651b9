// @azure/ai-anomaly-detector 3.0.0-beta.5, which speaks v1.1-preview.1.
const { AnomalyDetectorClient } = require("@azure/ai-anomaly-detector");
const { AzureKeyCredential } = require("@azure/core-auth");
const { run } = require("./questions.cjs");

run((endpoint) => {
  const client = new AnomalyDetectorClient(endpoint, new AzureKeyCredential("any"));
  return {
    entire: (question) => client.detectEntireSeries(question),
    last: (question) => client.detectLastPoint(question),
    changePoint: (question) => client.detectChangePoint(question),
    error: (error) => ({
      status: error.statusCode,
      code: error.details.code,
      message: error.details.message,
      header: error.details.xMsErrorCode ?? error.response.headers.get("x-ms-error-code"),
    }),
  };
});
