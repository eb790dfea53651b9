// Reads questions by operation from standard input, asks them, and prints the answers as JSON. What is refused is an
// answer too: the status, the header and the words, as the client gives them.
const { readFileSync } = require("node:fs");

const withDates = (question) => ({
  ...question,
  series: question.series.map((point) => ({ ...point, timestamp: new Date(point.timestamp) })),
});

exports.run = async (connect) => {
  const { endpoint, key, options, questions } = JSON.parse(readFileSync(0, "utf8"));
  const client = connect(endpoint, key, options);
  const answers = {};
  for (const { operation, body } of questions) {
    try {
      answers[operation] = await client[operation](withDates(body));
    } catch (error) {
      const { status, header, body } = client.refusal(error);
      // Nobody answered.
      if (!status) throw error;
      const { code, message } = body.error ?? body;
      answers[operation] = { status, header, code, message };
    }
  }
  console.log(JSON.stringify(answers));
};
