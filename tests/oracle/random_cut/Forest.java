import com.amazon.randomcutforest.RandomCutForest;
import com.amazon.randomcutforest.returntypes.DiVector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Trains AWS's forest on `train.f8` of a folder, scores `rows.f8` and learns them:
 * `java -cp JARS Forest.java FOLDER COLUMNS TREES SAMPLE SEED DECAY ROUNDS`.
 * Writes `scores.f8`, `learned.f8` and `columns.f8`, the column that contributes most, and prints the processor time of each.
 */
final class Forest {
    private static float[][] read(Path path, int columns) throws IOException {
        var values = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
        var rows = new float[values.remaining() / columns][columns];
        for (var row : rows) {
            for (int k = 0; k < columns; k++) {
                row[k] = (float) values.get();
            }
        }
        return rows;
    }

    private static void write(Path path, double[] values) throws IOException {
        var bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        Files.write(path, bytes.array());
    }

    private static double seconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
    }

    private static RandomCutForest trained(float[][] rows, int trees, int sample, long seed, double decay) {
        var forest = RandomCutForest.builder().dimensions(rows[0].length).shingleSize(1).numberOfTrees(trees).sampleSize(sample)
            .randomSeed(seed).timeDecay(decay).initialAcceptFraction(1.0).outputAfter(1).parallelExecutionEnabled(false).build();
        for (var row : rows) {
            forest.update(row);
        }
        return forest;
    }

    private static double mainColumn(DiVector shares) {
        int found = 0;
        for (int k = 1; k < shares.high.length; k++) {
            if (shares.getHighLowSum(k) > shares.getHighLowSum(found)) {
                found = k;
            }
        }
        return found;
    }

    public static void main(String[] words) throws IOException {
        var folder = Path.of(words[0]);
        int columns = Integer.parseInt(words[1]), trees = Integer.parseInt(words[2]), sample = Integer.parseInt(words[3]);
        long seed = Long.parseLong(words[4]);
        double decay = Double.parseDouble(words[5]);
        var train = read(folder.resolve("train.f8"), columns);
        var rows = read(folder.resolve("rows.f8"), columns);
        double[] scores = new double[rows.length], learned = new double[rows.length], main = new double[rows.length];
        double training = Double.MAX_VALUE, scoring = training, learning = training;
        // The first rounds warm the virtual machine up.
        for (int round = 0; round < Integer.parseInt(words[6]); round++) {
            double begin = seconds();
            var forest = trained(train, trees, sample, seed, decay);
            training = Math.min(training, seconds() - begin);
            for (int pass = 0; pass < 2; pass++) {
                begin = seconds();
                for (int i = 0; i < rows.length; i++) {
                    scores[i] = forest.getAnomalyScore(rows[i]);
                }
                scoring = Math.min(scoring, seconds() - begin);
            }
            for (int i = 0; i < rows.length; i++) {
                main[i] = mainColumn(forest.getAnomalyAttribution(rows[i]));
            }
            begin = seconds();
            for (int i = 0; i < rows.length; i++) {
                learned[i] = forest.getAnomalyScore(rows[i]);
                forest.update(rows[i]);
            }
            learning = Math.min(learning, seconds() - begin);
        }
        write(folder.resolve("scores.f8"), scores);
        write(folder.resolve("learned.f8"), learned);
        write(folder.resolve("columns.f8"), main);
        System.out.printf(Locale.ROOT, "{\"train\": %.9f, \"score\": %.9f, \"learn\": %.9f}%n", training, scoring / rows.length,
            learning / rows.length);
    }
}
