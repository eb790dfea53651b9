// @azure-rest/ai-anomaly-detector 1.0.0-beta.1, which speaks v1.1.
const { default: connect, isUnexpected } = require("@azure-rest/ai-anomaly-detector");
const { run } = require("./questions.cjs");

run((endpoint, key, options) => {
  const client = connect(endpoint, { key }, options);
  const ask = async (operation, body) => {
    const response = await client
      .path(`/timeseries/${operation}/detect`)
      .post({ body, headers: { "Content-Type": "application/json; charset=UTF-8" } });
    if (isUnexpected(response)) {
      throw response;
    }
    return response.body;
  };
  return {
    entire: (question) => ask("entire", question),
    last: (question) => ask("last", question),
    changePoint: (question) => ask("changepoint", question),
    refusal: (response) => ({
      status: Number(response.status ?? 0),
      header: response.headers?.["x-ms-error-code"],
      body: response.body,
    }),
  };
});
