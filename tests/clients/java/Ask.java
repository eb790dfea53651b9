// com.azure:azure-ai-anomalydetector 3.0.0-beta.4, which speaks v1.1-preview.1, or the version that it is told.

import com.azure.ai.anomalydetector.AnomalyDetectorClient;
import com.azure.ai.anomalydetector.AnomalyDetectorClientBuilder;
import com.azure.ai.anomalydetector.models.AnomalyDetectorError;
import com.azure.ai.anomalydetector.models.AnomalyDetectorErrorException;
import com.azure.ai.anomalydetector.models.ChangePointDetectRequest;
import com.azure.ai.anomalydetector.models.ChangePointDetectResponse;
import com.azure.ai.anomalydetector.models.DetectRequest;
import com.azure.ai.anomalydetector.models.EntireDetectResponse;
import com.azure.ai.anomalydetector.models.ImputeMode;
import com.azure.ai.anomalydetector.models.LastDetectResponse;
import com.azure.ai.anomalydetector.models.TimeGranularity;
import com.azure.ai.anomalydetector.models.TimeSeriesPoint;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.policy.AddHeadersPolicy;
import com.azure.core.http.policy.AzureKeyCredentialPolicy;
import com.azure.core.http.policy.FixedDelay;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RetryPolicy;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads questions by operation from standard input, asks them, and prints the answers as JSON. What is refused is an
 * answer too: the exception's own type, and what it says.
 */
public final class Ask {
    private static final String KEY = "Ocp-Apim-Subscription-Key";
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] words) throws IOException {
        JsonNode asked = JSON.readTree(System.in);
        AnomalyDetectorClient client = connect(asked);
        Map<String, Object> answers = new LinkedHashMap<>();
        for (JsonNode question : asked.get("questions")) {
            String operation = question.get("operation").textValue();
            answers.put(operation, answer(client, operation, question.get("body")));
        }
        JSON.writeValue(System.out, answers);
    }

    private static AnomalyDetectorClient connect(JsonNode asked) {
        String key = asked.get("key").textValue();
        JsonNode options = asked.get("options");
        HttpPipelinePolicy access = options.path("keyAsHeader").booleanValue()
            ? new AddHeadersPolicy(new HttpHeaders().set(KEY, key))
            : new AzureKeyCredentialPolicy(KEY, new AzureKeyCredential(key));
        // A failure to connect is seen at once: the client rests after each attempt.
        AnomalyDetectorClientBuilder builder = new AnomalyDetectorClientBuilder()
            .endpoint(asked.get("endpoint").textValue())
            .addPolicy(access)
            .retryPolicy(new RetryPolicy(new FixedDelay(3, Duration.ofMillis(1))));
        if (options.has("apiVersion")) {
            builder.apiVersion(options.get("apiVersion").textValue());
        }
        return builder.buildClient();
    }

    private static Map<String, Object> answer(AnomalyDetectorClient client, String operation, JsonNode body) {
        try {
            switch (operation) {
                case "entire":
                    return read(client.detectEntireSeries(detection(body)));
                case "last":
                    return read(client.detectLastPoint(detection(body)));
                case "changePoint":
                    return read(client.detectChangePoint(changePoint(body)));
                default:
                    throw new IllegalArgumentException(operation);
            }
        } catch (AnomalyDetectorErrorException refusal) {
            return read(refusal);
        }
    }

    private static DetectRequest detection(JsonNode body) {
        return new DetectRequest()
            .setSeries(series(body))
            .setGranularity(granularity(body))
            .setCustomInterval(integer(body, "customInterval"))
            .setPeriod(integer(body, "period"))
            .setMaxAnomalyRatio(number(body, "maxAnomalyRatio"))
            .setSensitivity(integer(body, "sensitivity"))
            .setImputeMode(body.has("imputeMode") ? ImputeMode.fromString(body.get("imputeMode").textValue()) : null)
            .setImputeFixedValue(number(body, "imputeFixedValue"));
    }

    private static ChangePointDetectRequest changePoint(JsonNode body) {
        return new ChangePointDetectRequest()
            .setSeries(series(body))
            .setGranularity(granularity(body))
            .setCustomInterval(integer(body, "customInterval"))
            .setPeriod(integer(body, "period"))
            .setStableTrendWindow(integer(body, "stableTrendWindow"))
            .setThreshold(number(body, "threshold"));
    }

    private static List<TimeSeriesPoint> series(JsonNode body) {
        List<TimeSeriesPoint> series = new ArrayList<>();
        for (JsonNode point : body.get("series")) {
            TimeSeriesPoint read = new TimeSeriesPoint().setValue(point.get("value").floatValue());
            if (point.has("timestamp")) {
                read.setTimestamp(OffsetDateTime.parse(point.get("timestamp").textValue()));
            }
            series.add(read);
        }
        return series;
    }

    private static TimeGranularity granularity(JsonNode body) {
        return TimeGranularity.fromString(body.path("granularity").textValue());
    }

    private static Integer integer(JsonNode body, String name) {
        return body.has(name) ? body.get(name).intValue() : null;
    }

    private static Float number(JsonNode body, String name) {
        return body.has(name) ? body.get(name).floatValue() : null;
    }

    private static Map<String, Object> read(EntireDetectResponse answer) {
        return fields(
            "period", answer.getPeriod(),
            "expectedValues", answer.getExpectedValues(),
            "upperMargins", answer.getUpperMargins(),
            "lowerMargins", answer.getLowerMargins(),
            "isAnomaly", answer.getIsAnomaly(),
            "isNegativeAnomaly", answer.getIsNegativeAnomaly(),
            "isPositiveAnomaly", answer.getIsPositiveAnomaly(),
            "severity", answer.getSeverity());
    }

    private static Map<String, Object> read(LastDetectResponse answer) {
        return fields(
            "period", answer.getPeriod(),
            "suggestedWindow", answer.getSuggestedWindow(),
            "expectedValue", answer.getExpectedValue(),
            "upperMargin", answer.getUpperMargin(),
            "lowerMargin", answer.getLowerMargin(),
            "isAnomaly", answer.isAnomaly(),
            "isNegativeAnomaly", answer.isNegativeAnomaly(),
            "isPositiveAnomaly", answer.isPositiveAnomaly(),
            "severity", answer.getSeverity());
    }

    private static Map<String, Object> read(ChangePointDetectResponse answer) {
        return fields(
            "period", answer.getPeriod(),
            "isChangePoint", answer.getIsChangePoint(),
            "confidenceScores", answer.getConfidenceScores());
    }

    private static Map<String, Object> read(AnomalyDetectorErrorException refusal) {
        AnomalyDetectorError error = refusal.getValue();
        return fields(
            "exception", refusal.getClass().getSimpleName(),
            "status", refusal.getResponse().getStatusCode(),
            "header", refusal.getResponse().getHeaderValue("x-ms-error-code"),
            "code", Objects.toString(error.getCode(), null),
            "message", error.getMessage());
    }

    /** What the client gives as null the answer did not have. */
    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int index = 0; index < namesAndValues.length; index += 2) {
            if (namesAndValues[index + 1] != null) {
                fields.put((String) namesAndValues[index], namesAndValues[index + 1]);
            }
        }
        return fields;
    }
}
