// The client of services/preview/cognitiveservices/v1.0/anomalydetector, which speaks v1.0.
//
// Reads questions by operation from standard input, asks them, and prints the answers as JSON. What is refused is an
// answer too: the error's own type, and what it says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/services/preview/cognitiveservices/v1.0/anomalydetector"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/azure"
)

type asked struct {
	Endpoint  string
	Key       string
	Questions []struct {
		Operation string
		Body      json.RawMessage
	}
}

func main() {
	log.SetFlags(0)
	var told asked
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		log.Fatal(err)
	}
	client := anomalydetector.New(told.Endpoint)
	client.Authorizer = autorest.NewCognitiveServicesAuthorizer(told.Key)
	// A failure to connect is seen at once: the client rests half a minute and more after each attempt.
	client.RetryDuration = 0
	answers := map[string]any{}
	for _, question := range told.Questions {
		answer, err := ask(client, question.Operation, question.Body)
		if err != nil {
			answer = refusal(err)
		}
		answers[question.Operation] = answer
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

// ask returns what the client made of the answer, in its own types, which know their names in JSON.
func ask(client anomalydetector.BaseClient, operation string, body json.RawMessage) (any, error) {
	switch operation {
	case "entire":
		return client.DetectEntireSeries(context.Background(), typed[anomalydetector.DetectRequest](body))
	case "last":
		return client.DetectLastPoint(context.Background(), typed[anomalydetector.DetectRequest](body))
	case "changePoint":
		return client.DetectChangePoint(context.Background(), typed[anomalydetector.ChangePointDetectRequest](body))
	}
	return nil, fmt.Errorf("no such operation: %s", operation)
}

func typed[Request any](body json.RawMessage) (request Request) {
	if err := json.Unmarshal(body, &request); err != nil {
		log.Fatal(err)
	}
	return request
}

// refusal returns what the errors of the client say: one of autorest, and within it one of Azure.
func refusal(err error) map[string]any {
	var outer autorest.DetailedError
	var inner *azure.RequestError
	// Nobody answered, or not in words that the client reads.
	if !errors.As(err, &outer) || !errors.As(outer.Original, &inner) || inner.ServiceError == nil {
		log.Fatal(err)
	}
	return map[string]any{
		"exception": fmt.Sprintf("%T", inner),
		"status":    outer.StatusCode,
		"header":    inner.Response.Header.Get("x-ms-error-code"),
		"code":      inner.ServiceError.Code,
		"message":   inner.ServiceError.Message,
	}
}
