// Reads one question for each operation from standard input, asks, and prints the answers as JSON.
const { readFileSync } = require("node:fs");

const withDates = (question) => ({
  ...question,
  series: question.series.map((point) => ({ ...point, timestamp: new Date(point.timestamp) })),
});

exports.run = async (connect) => {
  const { endpoint, options, questions } = JSON.parse(readFileSync(0, "utf8"));
  const client = connect(endpoint, options);
  const answers = {};
  for (const operation of ["entire", "last", "changePoint"]) {
    answers[operation] = await client[operation](withDates(questions[operation]));
  }
  try {
    answers.refused = { answered: await client.entire(withDates(questions.refused)) };
  } catch (error) {
    answers.refused = client.error(error);
  }
  console.log(JSON.stringify(answers));
};
