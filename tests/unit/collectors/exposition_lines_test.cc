#include "collectors/exposition_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "collectors/exposition_chars.h"
#include "tests/unit/collectors/page_reading.h"

namespace revisitd::collectors {
namespace {

// Of letters, digits and what else may stand in it.
std::string name_of(std::size_t bytes, std::string_view alphabet) {
  std::string name = "x";
  while (name.size() < bytes) name += alphabet[name.size() % alphabet.size()];
  return name;
}

TEST(NameLengthTest, EndsAtTheFirstOtherByteWhereverItStands) {
  for (std::size_t bytes = 1; bytes <= 70; ++bytes) {
    const std::string metric = name_of(bytes, "aZ09:_z");
    const std::string label = name_of(bytes, "aZ09_z");
    EXPECT_EQ(metric_name_length(metric), bytes);
    EXPECT_EQ(label_name_length(label), bytes);
    EXPECT_EQ(label_name_length(label + ":b"), bytes);
    for (const char other : {' ', '{', '-', '.', '/', ';', '@', '[', '`', '\x7F', '\xE1', '\0'}) {
      for (const char* rest : {"", "behind", "behind it are more bytes than one block has"}) {
        EXPECT_EQ(metric_name_length(metric + other + rest), bytes) << other;
        EXPECT_EQ(label_name_length(label + other + rest), bytes) << other;
      }
    }
  }
  EXPECT_EQ(metric_name_length(""), 0U);
  EXPECT_EQ(metric_name_length("0of_more_than_sixteen_bytes"), 0U);
  EXPECT_EQ(label_name_length(":of_more_than_sixteen_bytes"), 0U);
}

// The cutter looks at each byte where that decides.
TEST(QuickLineEndTest, FindsTheNewlineThatTheCutterFinds) {
  std::mt19937 random(20261128);  // NOLINT: the same every time
  // Of the second, lines are many blocks long.
  const std::string_view alphabets[] = {"ab\"\"\\\n {},=", "abcdefgh,=\""};
  std::size_t found = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string_view alphabet = alphabets[round % 2];
    const std::size_t from = random() % 40;
    std::string text(from, 'm');
    for (auto left = random() % 90; left > 0; --left) text += alphabet[random() % alphabet.size()];
    text = "m" + text + "\nbehind\n";
    const std::size_t end = quick_line_end(text, from);
    LineCutter cutter(1 << 20);
    std::string_view piece = text;
    const auto line = cutter.next(piece);
    const std::size_t newline = text.find('\n');
    const std::string_view front = std::string_view(text).substr(0, newline);
    const bool plain = front.find('\\') == front.npos && std::ranges::count(front, '"') % 2 == 0;
    ASSERT_EQ(end, plain ? newline : std::string_view::npos) << text;
    if (!plain) continue;
    ++found;
    ASSERT_TRUE(line);
    EXPECT_EQ(end + 1, line->size()) << text;
  }
  EXPECT_GT(found, 6'000U);
}

TEST(QuickLineEndTest, WhatIsNotThereYetHasNoEnd) {
  const std::string line(100, 'm');
  for (std::size_t bytes = 0; bytes <= line.size(); ++bytes)
    EXPECT_EQ(quick_line_end(line.substr(0, bytes), bytes / 2), std::string_view::npos);
}

class OddLengths : public Transcript {
 public:
  bool wants(std::string_view name) override { return name.size() % 2 == 1; }
};

// The parser remembers what the sink said of the last name, up to a length.
TEST(LongNamesTest, AreAskedForLikeOthers) {
  std::string text;
  std::size_t wanted = 0;
  for (const std::size_t bytes : {40U, 41U, 119U, 120U, 121U, 122U, 127U, 128U, 300U, 301U, 41U}) {
    const std::string name = name_of(bytes, "name_");
    text += name + " 1\n" + name + "{a=\"b\"} 2\n" + name + "{a=\"c\"} 3\n";
    text += "{\"quoted.name\"} 4\n{\"a quoted name\"} 5\n";  // of 11 and 13 bytes
    text += "{\"even\"} 6\n";
    wanted += bytes % 2 == 1 ? 5 : 2;
  }
  for (const std::size_t piece : {text.size(), std::size_t{7}, std::size_t{1}}) {
    OddLengths sink;
    ExpositionParser parser(ExpositionFormat::prometheus, sink, {}, ExpositionScan::wanted_lines);
    for (std::string_view rest = text; !rest.empty();) {
      ASSERT_TRUE(parser.feed(rest.substr(0, piece)));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    ASSERT_TRUE(parser.finish());
    EXPECT_EQ(sink.samples.size(), wanted) << piece;
    EXPECT_EQ(parser.samples_seen(), 66U);
  }
}

}  // namespace
}  // namespace revisitd::collectors
