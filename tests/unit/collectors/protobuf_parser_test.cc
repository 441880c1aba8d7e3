#include "collectors/protobuf_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/collectors/protobuf_page.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::string> samples_of(const Message& family) {
  const ProtobufPage read = read_protobuf(page({family}));
  EXPECT_EQ(read.trouble(), "");
  return read.seen.samples;
}

std::string trouble_of(const Message& family) { return read_protobuf(page({family})).trouble(); }

TEST(ProtobufParserTest, ReadsEveryType) {
  const ProtobufPage read = read_protobuf(every_type());
  EXPECT_EQ(read.trouble(), "");
  EXPECT_THAT(
      read.seen.samples,
      ElementsAre("c{x=\"1\",y=\"\\n\"} 3", "g -1", "g{x=\"ü\"} 2", "s{quantile=\"0.5\"} 0.25",
                  "s{quantile=\"1.0\"} 2", "s_sum 4.5", "s_count 9", "u 5 @1700",
                  "h{x=\"1\"} native 2 1±0.001, 6, 1.5 [-1:2 0:3] []",
                  "h_bucket{x=\"1\",le=\"1.0\"} 4", "h_bucket{x=\"1\",le=\"+Inf\"} 6",
                  "h_sum{x=\"1\"} 1.5", "h_count{x=\"1\"} 6"));
  EXPECT_THAT(read.seen.described,
              ElementsAre("help c Help, \"quoted\".", "type c counter", "type g gauge",
                          "type s summary", "type u unknown", "type h histogram"));
  EXPECT_EQ(read.samples_seen, 13U);
}

TEST(ProtobufParserTest, ReadsTheSameInPiecesAsInOne) {
  const std::string bytes = every_type();
  const ProtobufPage whole = read_protobuf(bytes);
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const ProtobufPage pieces = read_protobuf_in_pieces(bytes, step);
    ASSERT_EQ(pieces.trouble(), "") << step;
    ASSERT_EQ(pieces.seen.samples, whole.seen.samples) << step;
    ASSERT_EQ(pieces.seen.described, whole.seen.described) << step;
    ASSERT_EQ(pieces.seen.asked, whole.seen.asked) << step;
  }
}

TEST(ProtobufParserTest, FindsTheSameFaultInPieces) {
  const std::string good = every_type();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
    const ProtobufPage whole = read_protobuf(bytes);
    for (const std::size_t step : {1U, 2U, 7U}) {
      const ProtobufPage pieces = read_protobuf_in_pieces(bytes, step);
      ASSERT_EQ(pieces.error, whole.error) << at;
      ASSERT_EQ(pieces.seen.samples, whole.seen.samples) << at;
    }
  }
}

TEST(ProtobufParserTest, TakesNothingForAPage) {
  EXPECT_EQ(read_protobuf("").trouble(), "");
  EXPECT_EQ(read_protobuf(page({Message(), Message()})).trouble(), "");
}

TEST(ProtobufParserTest, SaysHowMuchIsMissingOfAPageCutOff) {
  const std::string bytes = page({family("a", kCounter, {metric({}, counter(1))})});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const ProtobufPage read = read_protobuf(bytes.substr(0, cut));
    ASSERT_EQ(read.trouble(), std::to_string(cut + 1) + " expected " +
                                  std::to_string(bytes.size() - cut) +
                                  " more bytes of a family, found the end of the page");
    ASSERT_EQ(read.error->fault, PageFault::cut_off);
    ASSERT_EQ(read.error->place.line, 1);
    ASSERT_EQ(read.error->source, "");
  }
  EXPECT_EQ(read_protobuf("\x85").trouble(),
            "2 expected the rest of a family's length, found the end of the page");
}

TEST(ProtobufParserTest, KeepsItsFirstErrorForEver) {
  ProtobufSink sink;
  ProtobufParser parser(sink);
  const std::string good = page({family("a", kCounter, {metric({}, counter(1))})});
  const PageStatus first = parser.feed(std::string_view("\x02\x0f\x00", 3));
  ASSERT_FALSE(first);
  EXPECT_EQ(parser.feed(good).error(), first.error());
  EXPECT_EQ(parser.finish().error(), first.error());
  EXPECT_THAT(sink.samples, IsEmpty());
}

TEST(ProtobufParserTest, SpellsBoundsAsOpenMetricsDoes) {
  Message fields;
  for (const double bound : {-kInfinity, -1.0, 0.0, 0.00001234, 0.0001, 0.1 + 0.2, 100.0, 999999.5,
                             1e6, 1234567.0, 1e20, kInfinity, std::nan("")})
    fields.message(3, bucket(bound, 1));
  std::vector<std::string> bounds;
  for (const std::string& sample :
       samples_of(family("h", kHistogram, {metric({}, histogram(fields))}))) {
    const std::size_t begin = sample.find("le=\"");
    if (begin != std::string::npos)
      bounds.push_back(sample.substr(begin + 4, sample.find('"', begin + 4) - begin - 4));
  }
  EXPECT_THAT(bounds,
              ElementsAre("-Inf", "-1.0", "0.0", "1.234e-05", "0.0001", "0.30000000000000004",
                          "100.0", "999999.5", "1e+06", "1.234567e+06", "1e+20", "+Inf", "NaN"));
}

TEST(ProtobufParserTest, PrefersFloatCountsAboveZero) {
  const Message floats = bucket(1, 7).real(4, 1.5);
  const Message zero = bucket(2, 7).real(4, 0);
  const Message fields = Message().message(3, floats).message(3, zero).number(1, 9).real(4, 8.5);
  EXPECT_THAT(samples_of(family("h", kHistogram, {metric({}, histogram(fields))})),
              ElementsAre("h_bucket{le=\"1.0\"} 1.5", "h_bucket{le=\"2.0\"} 7",
                          "h_bucket{le=\"+Inf\"} 8.5", "h_sum 0", "h_count 8.5"));
}

TEST(ProtobufParserTest, HasNoNativePartInGaugeHistograms) {
  const Message fields = Message().number(1, 2).real(6, 0.1).message(3, bucket(1, 2));
  EXPECT_THAT(
      samples_of(family("h", kGaugeHistogram, {metric({}, histogram(fields))})),
      ElementsAre("h_bucket{le=\"1.0\"} 2", "h_bucket{le=\"+Inf\"} 2", "h_sum 0", "h_count 2"));
}

TEST(ProtobufParserTest, TakesWhatIsLeftOutForItsDefault) {
  EXPECT_THAT(samples_of(Message().text(1, "c").message(4, metric({}, counter(2)))),
              ElementsAre("c 2"));
  EXPECT_THAT(samples_of(family("c", kCounter, {Message()})), ElementsAre("c 0"));
  EXPECT_THAT(samples_of(family("c", kCounter, {metric({}, gauge(7))})), ElementsAre("c 0"));
  EXPECT_THAT(samples_of(family("c", kCounter, {metric({}, counter(7).number(6, 0))})),
              ElementsAre("c 7"));
  EXPECT_THAT(samples_of(family("s", kSummary, {Message()})), ElementsAre("s_sum 0", "s_count 0"));
  EXPECT_THAT(samples_of(family("c", kCounter, {metric({Message().text(1, "x")}, counter(7))})),
              ElementsAre("c{x=\"\"} 7"));
}

TEST(ProtobufParserTest, TakesAnyNames) {
  EXPECT_THAT(samples_of(family("größe in m", kGauge, {metric({label("a.b", "\\\"")}, gauge(1))})),
              ElementsAre("{\"größe in m\",\"a.b\"=\"\\\\\\\"\"} 1"));
}

TEST(ProtobufParserTest, PassesOverWhatNewerSchemasAdd) {
  Message named = label("x", "1").unknown();
  Message value = Message().real(1, 2).unknown().message(2, Message().unknown());
  Message metric = Message().unknown().message(1, named).message(3, value).unknown();
  Message quantiles = Message().message(3, quantile(0.5, 1).unknown()).unknown();
  Message buckets = Message()
                        .message(3, bucket(1, 2).unknown().message(3, Message().unknown()))
                        .unknown()
                        .message(12, span(0, 0).unknown());
  EXPECT_THAT(
      samples_of(
          Message().unknown().message(5, Message()).text(1, "c").message(4, metric).unknown()),
      ElementsAre("c{x=\"1\"} 2"));
  EXPECT_THAT(samples_of(family("s", kSummary, {Message().message(4, quantiles)})),
              ElementsAre("s{quantile=\"0.5\"} 1", "s_sum 0", "s_count 0"));
  EXPECT_EQ(samples_of(family("h", kHistogram, {Message().message(7, buckets)})).size(), 5U);
}

struct BrokenFamily {
  Message family;
  const char* trouble;
};

TEST(ProtobufParserTest, NamesTheFieldThatIsBroken) {
  const std::string wire =
      "expected a metric, found a field that is broken or of another wire type, in the family "
      "\"a\"";
  const BrokenFamily kBroken[] = {
      {Message().message(4, Message()),
       "2 expected a family's name ahead of its metrics, found none"},
      {Message().message(4, Message()).text(1, "a"),
       "2 expected a family's name ahead of its metrics, found none"},
      {family("a", 0, {Message()}).text(1, "b"),
       "9 expected a family's name and type ahead of its metrics, found one behind, in the family "
       "\"a\""},
      {family("a", 0, {Message()}).number(3, 1),
       "9 expected a family's name and type ahead of its metrics, found one behind, in the family "
       "\"a\""},
      {family("a", 6, {Message()}),
       "7 expected a metric type from 0 to 5, found 6, in the family \"a\""},
      {family("a", -1, {Message()}),
       "16 expected a metric type from 0 to 5, found -1, in the family \"a\""},
      {family("\xff", 0, {Message()}),
       "7 expected a metric name in UTF-8 without NUL, found other bytes, in the family \"?\""},
      {family(std::string_view("a\0", 2), 0, {Message()}),
       "8 expected a metric name in UTF-8 without NUL, found other bytes, in the family \"a?\""},
      {Message().text(2, "\xff").text(1, "a").message(4, Message()),
       "8 expected a help text in UTF-8, found other bytes, in the family \"a\""},
      {Message().number(1, 5), "2 expected field 1 of a family as bytes, found wire type 0"},
      {Message().text(3, "x"), "2 expected field 3 of a family as a number, found wire type 2"},
      {family("a", 0, {metric({label("", "x")}, counter(1))}),
       "7 expected a label name, found an empty one, in the family \"a\""},
      {family("a", 0, {metric({label("\xc3", "x")}, counter(1))}),
       "7 expected a label name in UTF-8 without NUL, found other bytes, in the family \"a\""},
      {family("a", 0, {metric({label("x", "\xc3")}, counter(1))}),
       "7 expected a label value in UTF-8, found other bytes, in the family \"a\""},
      {family("a", 0, {Message().number(3, 1)}), nullptr},
      {family("a", 0, {Message().message(3, Message().number(1, 1))}), nullptr},
      {family("a", 0, {Message().message(3, Message().text(1, "x"))}), nullptr},
      {family("a", 0, {Message().text(1, "\x0a\x05x")}), nullptr},
  };
  for (const auto& [family, trouble] : kBroken)
    EXPECT_EQ(trouble_of(family), trouble != nullptr ? trouble : "7 " + wire);
}

TEST(ProtobufParserTest, NamesWhatIsBrokenInTheFraming) {
  const auto trouble = [](std::string_view bytes) { return read_protobuf(bytes).trouble(); };
  EXPECT_EQ(trouble("\x80\x80\x80\x80\x80\x01"),
            "1 expected a family's length in at most 5 bytes, found a longer one");
  EXPECT_EQ(trouble(std::string_view("\x02\x00\x00", 3)),
            "2 expected a field number from 1 to 536870911, found another");
  EXPECT_EQ(trouble("\x02\x0b\x0c"), "2 expected a field of wire type 0, 1, 2 or 5, found another");
  EXPECT_EQ(trouble("\x03\x0a\x02x"),
            "2 expected a field within its family, found one that runs over the end");
  EXPECT_EQ(trouble("\x03\x29zz"),
            "2 expected a field within its family, found one that runs over the end");
  EXPECT_EQ(trouble("\x02\x28\x80\x01"),
            "2 expected the rest of a field, found the end of its family");
  EXPECT_EQ(trouble("\x0c\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
            "2 expected a number in at most 10 bytes, found a longer one");
}

TEST(ProtobufParserTest, ShowsNoMoreThanAShortNameInItsMessage) {
  const std::string trouble = trouble_of(family(std::string(1000, 'x'), 9, {Message()}));
  EXPECT_THAT(trouble, HasSubstr("found 9"));
  EXPECT_LT(trouble.size(), 150U);
}

}  // namespace
}  // namespace revisitd::collectors
