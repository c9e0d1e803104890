using Scheduler.Core.Analytics;

namespace Scheduler.Core.Tests.Analytics;

public sealed class HistogramTests
{
    [Fact]
    public void Percentiles_OfLengthsOfAllSizes_AreWithinFourAndAHalfPerCent()
    {
        var random = new Random(11);
        foreach (var size in (int[])[1, 2, 3, 10, 1000])
        {
            // From a millisecond to a day, evenly on a logarithmic scale.
            var lengths = Enumerable.Range(0, size).Select(_ => (long)Math.Exp(random.NextDouble() * Math.Log(86_400_000))).Order().ToList();
            var histogram = Of(lengths);
            foreach (var share in (double[])[0.01, 0.5, 0.95, 0.99, 1])
            {
                var exact = lengths[Math.Max(0, (int)Math.Ceiling(share * size) - 1)];
                Assert.InRange(histogram.At(share)!.Value, exact * 0.955, exact * 1.045);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(22)]
    public void ShortLengths_AreExact(long milliseconds) => Assert.Equal(milliseconds, Of([milliseconds]).At(0.5));

    [Fact]
    public void NothingCounted_HasNoPercentile() => Assert.Null(new Histogram().At(0.5));

    [Fact]
    public void NegativeAndAbsurdLengths_FallIntoTheFirstAndTheLastBucket()
    {
        Assert.Equal(0, Of([-5]).At(0.5));
        Assert.InRange(Of([long.MaxValue]).At(0.5)!.Value, 9L * 366 * 86_400_000, long.MaxValue);
    }

    [Fact]
    public void Pack_ThenUnpack_IsTheSame_InAFewBytes()
    {
        var random = new Random(12);
        for (var i = 0; i < 200; i++)
        {
            var histogram = Of(Enumerable.Range(0, random.Next(0, 300)).Select(_ => (long)Math.Exp(random.NextDouble() * 22)));
            Assert.True(Histogram.Unpack(histogram.Pack()).SameAs(histogram));
        }
        Assert.Equal(3, Of(Enumerable.Repeat(5000L, 20)).Pack().Length + 1); // what one run an hour costs
    }

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 })] // a number that does not end
    [InlineData(new byte[] { 3 })]                                                    // a bucket without a count
    [InlineData(new byte[] { 255, 255, 255, 1, 1 })]                                  // a bucket far beyond the last
    [InlineData(new byte[] { 1, 0 })]                                                 // a count of nothing
    public void Unpack_DamagedBytes_CountNothing(byte[] bytes) => Assert.Equal(0, Histogram.Unpack(bytes).Total);

    [Fact]
    public void Merging_IsTheSameAsCountingTogether()
    {
        var (a, b) = (Of([1, 50, 3000]), Of([50, 9_000_000]));
        a.Add(b);
        Assert.True(a.SameAs(Of([1, 50, 50, 3000, 9_000_000])));
        Assert.Equal(5, a.Total);
    }

    private static Histogram Of(IEnumerable<long> lengths)
    {
        var histogram = new Histogram();
        foreach (var length in lengths) histogram.Add(length);
        return histogram;
    }
}
