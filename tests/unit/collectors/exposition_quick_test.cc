#include "collectors/exposition_quick.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "collectors/exposition_line.h"
#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAreArray;

constexpr ExpositionFormat kFormats[] = {ExpositionFormat::prometheus,
                                         ExpositionFormat::openmetrics};

constexpr const char* kOrdinary[] = {
    "a 1",
    "a_metric_with_a_name_of_more_than_sixteen_bytes 1",
    "a:b:c 0",
    "a -0",
    "a +5",
    "a 12345678901234567890",
    "a 0.1",
    "a 1.",
    "a .5",
    "a 1e3",
    "a 1.5E-07",
    "a 1e+22",
    "a 1e23",
    "a 1e-400",
    "a 9007199254740993",
    "a 123456789012345.678",
    "a 0.30000000000000004",
    "a 00000000000000000000000000001",
    "a NaN",
    "a +Inf",
    "a -inf",
    "a{b=\"c\"} 1",
    "a{b=\"\"} 1",
    "a{b=\"a value of many more than just sixteen bytes\",_d=\"{},=\"} 1.25",
    "a{le=\"+Inf\",le=\"2\"} 3",
    "a{a_label_name_of_more_than_sixteen_bytes=\"sixteen bytes ..\"} 7",
};

// Lines that are left to LineReader, whatever that makes of them.
constexpr const char* kOdd[] = {
    "",
    " a 1",
    "a  1",
    "a\t1",
    "a 1 ",
    "a{} 1",
    "a {b=\"c\"} 1",
    "a{b=\"c\",} 1",
    "a{b = \"c\"} 1",
    "a{b=\"c\\n\"} 1",
    "a{b=\"\xC3\xA4\"} 1",
    "a{b=\"c\t\"} 1",
    "{\"a\"} 1",
    "a{\"b\"=\"c\"} 1",
    "a{1=\"c\"} 1",
    "a{b:c=\"d\"} 1",
    "a{b=\"c\" d=\"e\"} 1",
    "1a 1",
    "a",
    "a ",
    "a 1x",
    "a 0x1p3",
    "a 1_000",
    "a 1e",
    "a e5",
    "a .",
    "a -",
    "a 1e999",
    "a --1",
    "a 1,5",
    "a{b=\"c\"}1",
    "a{b=\"c\"",
    "a{b=\"c",
    "a{b",
    "a{",
    "a 1{",
    "a 1 12345678901234567890",
    "a 1 -5",
    "a 1 5 6",
    "a 1 # {x=\"y\"} 2",
};

// With enough behind it for whole blocks.
std::string on_a_page(const std::string& line) { return line + '\n' + std::string(64, 'z') + '\n'; }

class QuickReaderTest : public ::testing::TestWithParam<ExpositionFormat> {
 protected:
  // Whether the quick reader takes the line, which it must then read as the careful one does.
  bool takes(const std::string& line, const ExpositionLimits& limits = {}) {
    const std::string text = on_a_page(line);
    QuickReader quick(GetParam(), limits);
    LineReader careful(GetParam(), limits);
    SampleView found, expected;
    const std::size_t end = quick.sample(text, found);
    if (end == QuickReader::kNone) return false;
    EXPECT_EQ(end, line.size()) << line;
    EXPECT_TRUE(careful.sample(line, expected)) << line;
    EXPECT_EQ(found.name, expected.name);
    EXPECT_THAT(std::vector<LabelView>(found.labels.begin(), found.labels.end()),
                ElementsAreArray(expected.labels.begin(), expected.labels.end()))
        << line;
    EXPECT_EQ(found.series, expected.series);
    EXPECT_EQ(value_text(found.value), value_text(expected.value)) << line;
    EXPECT_EQ(std::signbit(found.value), std::signbit(expected.value)) << line;
    EXPECT_EQ(found.timestamp_ms, expected.timestamp_ms) << line;
    return true;
  }
};

TEST_P(QuickReaderTest, TakesOrdinaryLines) {
  for (const char* line : kOrdinary) EXPECT_TRUE(takes(line)) << line;
}

TEST_P(QuickReaderTest, LeavesOddLinesToTheCarefulReader) {
  for (const char* line : kOdd) EXPECT_FALSE(takes(line)) << line;
}

// Sixteen bytes are looked at together, before the point and behind it.
TEST_P(QuickReaderTest, ReadsNumbersOfAnyLength) {
  const std::string digits = "90817263549081726354";
  for (std::size_t whole = 0; whole <= digits.size(); ++whole) {
    for (std::size_t places = 0; places <= digits.size(); ++places) {
      if (whole + places == 0) continue;
      for (const char* exponent : {"", "e3", "E-07", "e+22"}) {
        const std::string number =
            digits.substr(0, whole) + '.' + digits.substr(0, places) + exponent;
        EXPECT_TRUE(takes("a " + number)) << number;
        EXPECT_TRUE(takes("a -" + number)) << number;
      }
    }
    if (whole > 0) EXPECT_TRUE(takes("a " + digits.substr(0, whole)));
    if (whole > 0) EXPECT_TRUE(takes("a " + std::string(whole, '0') + "7"));
  }
}

TEST_P(QuickReaderTest, TakesWholeMillisecondsInTheTextFormat) {
  const bool text = GetParam() == ExpositionFormat::prometheus;
  EXPECT_EQ(takes("a{b=\"c\"} 1 1700000000123"), text);
  EXPECT_EQ(takes("a 1.5 0"), text);
}

TEST_P(QuickReaderTest, LeavesWhatIsBeyondALimitToTheCarefulReader) {
  ExpositionLimits limits;
  limits.labels = 2;
  limits.metric_name_bytes = limits.label_name_bytes = limits.label_value_bytes = 3;
  EXPECT_TRUE(takes("abc{def=\"ghi\",j=\"k\"} 1", limits));
  EXPECT_FALSE(takes("abcd 1", limits));
  EXPECT_FALSE(takes("abc{defg=\"ghi\"} 1", limits));
  EXPECT_FALSE(takes("abc{def=\"ghij\"} 1", limits));
  EXPECT_FALSE(takes("a{b=\"c\",d=\"e\",f=\"g\"} 1", limits));
}

TEST_P(QuickReaderTest, ReadsNothingBeyondTheText) {
  const std::string text = on_a_page("a_name{with=\"one label\"} 12345678901.2345678901e-12");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);  // on its own, so that a sanitizer sees its end
    QuickReader quick(GetParam(), {});
    SampleView sample;
    const std::size_t end = quick.sample(cut, sample);
    if (end != QuickReader::kNone) EXPECT_EQ(cut[end], '\n');
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, QuickReaderTest, ::testing::ValuesIn(kFormats));

// A page that comes byte by byte is never read quickly.
TEST(QuickPageTest, EveryCapturedPageReadsAsItDoesByteByByte) {
  for (const char* name :
       {"blackbox_probe_fail.prom.txt", "caddy.prom.txt", "etcd.prom.txt",
        "go_example_exemplars.om.txt", "haproxy_builtin.prom.txt", "node_exporter.prom.txt",
        "node_otel_exporter.prom.txt", "prometheus.prom.txt", "python_app.om.txt",
        "python_app.prom.txt", "redis_exporter.prom.txt"}) {
    const bool openmetrics = std::string_view(name).ends_with(".om.txt");
    const ExpositionFormat format =
        openmetrics ? ExpositionFormat::openmetrics : ExpositionFormat::prometheus;
    const std::string text = fixture(name);
    ASSERT_FALSE(text.empty()) << name;
    const ReadPage whole = read_page(format, text);
    Transcript slow;
    ExpositionParser parser(format, slow);
    for (const char& byte : text) ASSERT_TRUE(parser.feed({&byte, 1})) << name;
    ASSERT_TRUE(parser.finish());
    EXPECT_EQ(whole.trouble(), "");
    EXPECT_EQ(whole.seen.samples, slow.samples) << name;
    EXPECT_EQ(whole.seen.lines, slow.lines) << name;
    EXPECT_EQ(whole.seen.described, slow.described) << name;
  }
}

}  // namespace
}  // namespace revisitd::collectors
