using Scheduler.Web.Metrics;

namespace Scheduler.Web.Tests.Metrics;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Families_HaveAHead_AndSamplesWithEscapedLabels()
    {
        var text = new PrometheusText().Family("a", "gauge", "Two\nlines \\ of help.").Sample(1.5, ("pool", "we\"ird\\\n"), ("x", "")).Single("b_total", "counter", "B.", 1e17).ToString();

        Assert.Equal("# HELP a Two\\nlines \\\\ of help.\n# TYPE a gauge\na{pool=\"we\\\"ird\\\\\\n\",x=\"\"} 1.5\n# HELP b_total B.\n# TYPE b_total counter\nb_total 1E+17\n", text);
    }

    [Fact]
    public void AHistogram_EndsWithEverything_ItsSumAndItsCount() => Assert.Equal(
        "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"10\"} 3\nh_bucket{le=\"+Inf\"} 4\nh_sum 20.25\nh_count 4\n",
        new PrometheusText().Histogram("h", "H.", [0.5, 10], [1, 3], 20.25, 4).ToString());
}
