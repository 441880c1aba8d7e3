#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Page {
  const char* file;
  std::size_t samples;
};

// Counted by other parsers than this one.
constexpr Page kPages[] = {{"blackbox_probe_fail.prom.txt", 17},
                           {"caddy.prom.txt", 151},
                           {"etcd.prom.txt", 1349},
                           {"go_example_exemplars.om.txt", 52},
                           {"haproxy_builtin.prom.txt", 429},
                           {"node_exporter.prom.txt", 1746},
                           {"node_otel_exporter.prom.txt", 22},
                           {"prometheus.prom.txt", 625},
                           {"python_app.om.txt", 44},
                           {"python_app.prom.txt", 44},
                           {"redis_exporter.prom.txt", 694}};

ExpositionFormat format_of(const Page& page) {
  return std::string_view(page.file).ends_with(".om.txt") ? ExpositionFormat::openmetrics
                                                          : ExpositionFormat::prometheus;
}

ReadPage read_in_pieces(ExpositionFormat format, std::string_view text, std::mt19937& random,
                        std::size_t longest) {
  ReadPage page;
  ExpositionParser parser(format, page.seen);
  PageStatus status = Ok{};
  while (!text.empty() && status) {
    const std::size_t length = std::min<std::size_t>(text.size(), random() % longest + 1);
    const std::string piece(text.substr(0, length));  // its own memory, gone before the next one
    status = parser.feed(piece);
    text.remove_prefix(length);
  }
  if (status) status = parser.finish();
  if (!status) page.error = status.error();
  return page;
}

class RealPageTest : public ::testing::TestWithParam<Page> {};

TEST_P(RealPageTest, HoldsTheSamplesThatOtherParsersCount) {
  const ReadPage page = read_page(format_of(GetParam()), fixture(GetParam().file));
  EXPECT_EQ(page.trouble(), "");
  EXPECT_EQ(page.seen.samples.size(), GetParam().samples);
}

TEST_P(RealPageTest, ReadsTheSameInPiecesAsInOne) {
  const std::string text = fixture(GetParam().file);
  const ReadPage whole = read_page(format_of(GetParam()), text);
  std::mt19937 random(7);
  for (const std::size_t longest : {1U, 7U, 100U, 5000U}) {
    const ReadPage pieces = read_in_pieces(format_of(GetParam()), text, random, longest);
    EXPECT_EQ(pieces.trouble(), "");
    EXPECT_EQ(pieces.seen.samples, whole.seen.samples);
    EXPECT_EQ(pieces.seen.lines, whole.seen.lines);
    EXPECT_EQ(pieces.seen.described, whole.seen.described);
  }
}

// Every other metric, so that runs of both kinds begin and end all over the page.
class EveryOther : public Transcript {
 public:
  bool wants(std::string_view name) override {
    return std::hash<std::string_view>{}(name) % 2 == 0;
  }
  void sample(const SampleView& sample) override {
    if (wants(sample.name)) Transcript::sample(sample);
  }
};

void expect_wanted_lines(ExpositionFormat format, const std::string& text, std::mt19937& random) {
  EveryOther all;
  ExpositionParser every_line(format, all);
  ASSERT_TRUE(every_line.feed(text));
  ASSERT_TRUE(every_line.finish());
  for (const std::size_t longest : {3U, 300U, 20'000U}) {
    PageMemory memory;
    for (int page = 0; page < 3; ++page) {
      EveryOther some;
      ExpositionParser parser(format, some, {}, ExpositionScan::wanted_lines, &memory);
      for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
        length = random() % longest + 1;
        const std::string piece =
            text.substr(at, length);  // its own memory, gone before the next one
        ASSERT_TRUE(parser.feed(piece));
      }
      ASSERT_TRUE(parser.finish());
      ASSERT_EQ(some.samples, all.samples) << longest << ' ' << page;
      ASSERT_EQ(some.lines, all.lines) << longest << ' ' << page;
      ASSERT_EQ(parser.samples_seen(), every_line.samples_seen());
    }
  }
}

TEST_P(RealPageTest, WantedLinesAreThoseOfTheWholePage) {
  std::mt19937 random(11);
  expect_wanted_lines(format_of(GetParam()), fixture(GetParam().file), random);
}

INSTANTIATE_TEST_SUITE_P(Captured, RealPageTest, ::testing::ValuesIn(kPages), [](const auto& info) {
  std::string name = info.param.file;
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
});

TEST(ExpositionStreamTest, SplitsAnywhereWithoutADifference) {
  const std::string text =
      "# HELP a it's \"quoted\n  a{b=\"x\ny\\\"z\\\\\",c=\"\n\"} 1 5\n{\"q\\\"\nr\",l=\"\"} "
      "NaN\n\nlast 2";
  const ReadPage whole = read_text(text);
  ASSERT_EQ(whole.trouble(), "");
  ASSERT_EQ(whole.seen.samples.size(), 3U);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ReadPage page;
    ExpositionParser parser(ExpositionFormat::prometheus, page.seen);
    ASSERT_TRUE(parser.feed(std::string(text.substr(0, cut))));
    ASSERT_TRUE(parser.feed(std::string(text.substr(cut))));
    ASSERT_TRUE(parser.finish());
    EXPECT_EQ(page.seen.samples, whole.seen.samples) << cut;
    EXPECT_EQ(page.seen.lines, whole.seen.lines) << cut;
  }
}

// Newlines and quotes in labels, escapes, quotes in comments, blanks, lines longer than a block.
TEST(ExpositionStreamTest, OddLinesEndWhereTheyEnd) {
  const char* kLines[] = {"a 1",
                          "b{x=\"1\n2\"} 1",
                          "c{x=\"\\\"\"} 2",
                          "d{x=\"\\\\\"} 3",
                          "# don't \"stop",
                          "#",
                          "",
                          "  e{x=\"y\"} 4 5",
                          "{\"f g\",x=\"\n\"} 6",
                          "hhhhhhhhhhhhhhhhhhhhhhhhhhhhh{x=\"12\"} 7",
                          "iiiiiiiiiiiiiiiiiiiiiiiiiiii{x=\"123456789012345678901234567890\n\"} 8"};
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string text = "first 1\n";
    for (int line = 0; line < 12; ++line)
      text += std::string(kLines[random() % std::size(kLines)]) + '\n';
    expect_wanted_lines(ExpositionFormat::prometheus, text, random);
    if (HasFatalFailure()) FAIL() << text;
  }
}

TEST(ExpositionStreamTest, FindsTheSameFaultInPieces) {
  const std::string text = "a 1\nb{x=\"1\n2\"} 1\nc{x=\"1\"} oops\nd 1\n";
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(read_in_pieces(ExpositionFormat::prometheus, text, random, 9).trouble(),
              read_text(text).trouble());
  }
  EXPECT_EQ(read_text(text).trouble(), "4:10 expected a value, found \"oops\"");
}

TEST(ExpositionStreamTest, KeepsItsFirstErrorForEver) {
  Transcript seen;
  ExpositionParser parser(ExpositionFormat::prometheus, seen);
  ASSERT_FALSE(parser.feed("oops\n"));
  EXPECT_FALSE(parser.feed("a 1\n"));
  const PageStatus end = parser.finish();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().place, (Place{1, 5}));
  EXPECT_TRUE(seen.samples.empty());
}

PageFault fault_of(std::string_view text, const ExpositionLimits& limits) {
  const ReadPage page = read_text(text, limits);
  EXPECT_TRUE(page.error) << text;
  return page.error ? page.error->fault : PageFault::syntax;
}

TEST(ExpositionLimitsTest, NamesTheLimitThatAPageBreaks) {
  ExpositionLimits limits;
  limits.samples = 2;
  limits.labels = 1;
  limits.metric_name_bytes = 4;
  limits.label_name_bytes = 3;
  limits.label_value_bytes = 5;
  limits.line_bytes = 40;
  EXPECT_TRUE(read_text("abcd{xyz=\"12345\"} 1\nb 1\n", limits).good());
  EXPECT_EQ(fault_of("a 1\nb 1\nc 1\n", limits), PageFault::too_many_samples);
  EXPECT_EQ(fault_of("a{x=\"1\",y=\"1\"} 1\n", limits), PageFault::too_many_labels);
  EXPECT_EQ(fault_of("abcde 1\n", limits), PageFault::metric_name_too_long);
  EXPECT_EQ(fault_of("a{abcd=\"1\"} 1\n", limits), PageFault::label_name_too_long);
  EXPECT_EQ(fault_of("a{x=\"123456\"} 1\n", limits), PageFault::label_value_too_long);
  EXPECT_EQ(fault_of("# " + std::string(60, 'x') + "\n", limits), PageFault::line_too_long);
}

TEST(ExpositionLimitsTest, CountsCharactersOfALabelValueAfterItsEscapes) {
  ExpositionLimits limits;
  limits.label_value_bytes = 2;
  EXPECT_TRUE(read_text("a{x=\"\\n\\n\"} 1\n", limits).good());
}

TEST(ExpositionLimitsTest, StopsAtTheLimitOfALineThatNeverEnds) {
  Transcript seen;
  ExpositionLimits limits;
  limits.line_bytes = 1000;
  ExpositionParser parser(ExpositionFormat::prometheus, seen, limits);
  PageStatus status = Ok{};
  int pieces = 0;
  while (status && pieces < 100) {
    status = parser.feed(std::string(100, 'x'));
    ++pieces;
  }
  EXPECT_EQ(pieces, 11);
  EXPECT_EQ(status.error().fault, PageFault::line_too_long);
  EXPECT_EQ(status.error().message, "the line is longer than 1000 bytes");
  EXPECT_LE(status.error().source.size(), 1024U);
}

TEST(ExpositionLimitsTest, ShowsThePlaceHoweverFarInItsLine) {
  ExpositionLimits limits;
  limits.label_value_bytes = limits.line_bytes = 1 << 20;
  const std::string line = "a{b=\"" + std::string(5000, 'x') + "\",c=oops} 1";
  const ReadPage page = read_text("ok 1\n" + line + "\n", limits);
  ASSERT_TRUE(page.error);
  EXPECT_EQ(page.error->place.line, 2);
  const auto column = static_cast<std::size_t>(page.error->place.column);
  EXPECT_GT(column, 5000U);
  EXPECT_EQ(page.error->source, line);
  const ReadPage far = read_text("a{b=\"" + std::string(70'000, 'x') + "\",c=oops} 1\n", limits);
  ASSERT_TRUE(far.error);
  EXPECT_EQ(far.error->source, "");
}

TEST(ExpositionLimitsTest, NamesTheLineWhereAValueNeverEnds) {
  const ReadPage page = read_text("a{b=\"" + std::string(200'000, '\n') + "\"} 1\n");
  ASSERT_TRUE(page.error);
  EXPECT_EQ(page.error->fault, PageFault::line_too_long);
  EXPECT_EQ(fault_of("a{b=\"" + std::string(2'000, 'x') + "\"} 1\n", {}),
            PageFault::label_value_too_long);
}

TEST(ExpositionLimitsTest, SpellsFaultsAsTheirNames) {
  EXPECT_EQ(page_fault_name(PageFault::too_many_samples), "too_many_samples");
  EXPECT_EQ(page_fault_name(PageFault::html), "html");
}

// Wants one metric and keeps what it is asked.
class OneMetric : public Transcript {
 public:
  explicit OneMetric(std::string wanted) : wanted_(std::move(wanted)) {}
  bool wants(std::string_view name) override {
    asked.emplace_back(name);
    return name == wanted_;
  }
  std::vector<std::string> asked;

 private:
  std::string wanted_;
};

PageStatus read_wanted(OneMetric& sink, std::string_view text,
                       ExpositionFormat format = ExpositionFormat::prometheus) {
  ExpositionParser parser(format, sink, {}, ExpositionScan::wanted_lines);
  if (auto status = parser.feed(text); !status) return status;
  return parser.finish();
}

TEST(WantedLinesTest, HandsOutTheWantedSamplesOnly) {
  OneMetric sink("b");
  ASSERT_TRUE(
      read_wanted(sink, "a 1\nb{x=\"1\"} 2\n b 3\nc{y=\"p\nb 9\"} 4\n{\"b\"} 5\n{\"d\"} 6\nb 7"));
  EXPECT_THAT(sink.samples, ElementsAre("b{x=\"1\"} 2", "b 3", "b 5", "b 7"));
  EXPECT_THAT(sink.lines, ElementsAre(2, 3, 6, 8));
}

TEST(WantedLinesTest, AsksOncePerRunOfLines) {
  OneMetric sink("b");
  ASSERT_TRUE(read_wanted(sink, "a{x=\"1\"} 1\na{x=\"2\"} 1\n# TYPE b gauge\nb 1\nb 2\na 1\n"));
  EXPECT_THAT(sink.asked, ElementsAre("a", "b", "a"));
}

TEST(WantedLinesTest, TakesNoQuotedNameForTheFrontOfALine) {
  OneMetric sink("b");
  ASSERT_TRUE(read_wanted(sink, "{\"b 1\"} 1\nb 1 5\nbb 1\nb{x=\"1\"} 2\nb-3"));
  EXPECT_THAT(sink.samples, ElementsAre("b 1 @5", "b{x=\"1\"} 2", "b -3"));
}

TEST(WantedLinesTest, CountsUnwantedSamplesToo) {
  OneMetric sink("b");
  ExpositionLimits limits;
  limits.samples = 3;
  ExpositionParser parser(ExpositionFormat::prometheus, sink, limits, ExpositionScan::wanted_lines);
  ASSERT_TRUE(parser.feed("a 1\nb 1\nc 1\n"));
  EXPECT_EQ(parser.samples_seen(), 3U);
  EXPECT_EQ(parser.feed("d 1\n").error().fault, PageFault::too_many_samples);
}

TEST(WantedLinesTest, StillRefusesWhatIsNoMetricsPage) {
  for (const char* text : {"<html>\n", "a 1\n}\n", "b oops\n", "{\"message\": \"not found\"}\n",
                           "404 page not found\n"}) {
    OneMetric sink("b");
    EXPECT_FALSE(read_wanted(sink, text)) << text;
  }
}

TEST(WantedLinesTest, StillNeedsTheEndOfAnOpenMetricsPage) {
  OneMetric sink("b");
  EXPECT_EQ(read_wanted(sink, "a 1\nb 2\n", ExpositionFormat::openmetrics).error().fault,
            PageFault::cut_off);
  EXPECT_TRUE(read_wanted(sink, "a 1\nb 2\n# EOF", ExpositionFormat::openmetrics));
  EXPECT_FALSE(read_wanted(sink, "a 1\n# EOF\nb 2\n", ExpositionFormat::openmetrics));
}

TEST(WantedLinesTest, FindsOnRealPagesWhatAFullReadingFinds) {
  for (const Page& page : kPages) {
    const std::string text = fixture(page.file);
    const ReadPage all = read_page(format_of(page), text);
    std::vector<std::string> expected;
    for (const std::string& sample : all.seen.samples) {
      if (sample.starts_with("go_goroutines ") || sample.starts_with("go_goroutines{"))
        expected.push_back(sample);
    }
    OneMetric sink("go_goroutines");
    ASSERT_TRUE(read_wanted(sink, text, format_of(page)));
    EXPECT_EQ(sink.samples, expected) << page.file;
  }
}

}  // namespace
}  // namespace revisitd::collectors
