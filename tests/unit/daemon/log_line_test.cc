#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/log.h"

namespace revisitd::daemon {
namespace {

using testing::HasSubstr;

constexpr TimePoint kAt = from_millis(1'777'032'000'250);

std::string logfmt(const std::string& value) {
  const std::string line =
      format_log_line(LogFormat::logfmt, kAt, LogLevel::info, "m", {{"v", value}});
  return line.substr(line.find(" v=") + 3);
}

TEST(LogLineTest, LogfmtQuotesWhatNeedsIt) {
  EXPECT_EQ(
      format_log_line(LogFormat::logfmt, kAt, LogLevel::warn, "the clock jumped", {{"by", "2h"}}),
      "ts=2026-04-24T12:00:00.250Z level=warn msg=\"the clock jumped\" by=2h");
  EXPECT_EQ(logfmt(""), "\"\"");
  EXPECT_EQ(logfmt("a b"), "\"a b\"");
  EXPECT_EQ(logfmt("a=b"), "\"a=b\"");
  EXPECT_EQ(logfmt("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(logfmt("größe"), "größe");
}

TEST(LogLineTest, NobodyForgesALine) {
  EXPECT_EQ(logfmt("a\nlevel=error"), "\"a\\nlevel=error\"");
  EXPECT_EQ(logfmt("a\r\n"), "\"a\\u000d\\n\"");
  EXPECT_EQ(logfmt("\x1b[31mred"), "\"\\u001b[31mred\"");
  EXPECT_EQ(logfmt(std::string("a\0b", 3)), "\"a\\u0000b\"");
  EXPECT_EQ(logfmt("\x7f"), "\"\\u007f\"");
  EXPECT_EQ(logfmt("\xe2\x80\xae"
                   "txt.exe"),
            "\"\\u202etxt.exe\"")
      << "right-to-left override";
  EXPECT_EQ(logfmt("\xe2\x80\xa8"), "\"\\u2028\"") << "line separator";
  EXPECT_EQ(logfmt("\xc2\x9b"), "\"\\u009b\"") << "C1 control";
  EXPECT_EQ(logfmt("\xff\xfe"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(logfmt("\xc0\xaf"), "\"\\ufffd\\ufffd\"") << "overlong";
  EXPECT_EQ(logfmt("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"") << "surrogate";
}

TEST(LogLineTest, ABackslashCannotPassForAnEscape) {
  EXPECT_NE(logfmt("a\nb"), logfmt("a\\nb"));
  EXPECT_NE(logfmt("\x1b"), logfmt("\\u001b"));
}

TEST(LogLineTest, LongValuesAreCutOnACharacter) {
  const std::string line = logfmt(std::string(1 << 20, 'x'));
  EXPECT_LE(line.size(), 1100u);
  EXPECT_THAT(line, HasSubstr("…"));
  std::string umlauts;
  for (int i = 0; i < 2000; ++i) umlauts += "ü";
  EXPECT_LE(logfmt(umlauts).size(), 1100u);
}

TEST(LogLineTest, JsonIsJsonWhateverIsLogged) {
  for (const std::string value : {"a\nb", "\x1b", "\xff", "\"", "\\", "plain"}) {
    const std::string line =
        format_log_line(LogFormat::json, kAt, LogLevel::error, "m", {{"v", value}, {"w", "2"}});
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    EXPECT_EQ(json["level"], "error");
    EXPECT_EQ(json["ts"], "2026-04-24T12:00:00.250Z");
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(LogLineTest, NamesOfLevelsAndFormats) {
  EXPECT_EQ(*parse_log_level("warn"), LogLevel::warn);
  EXPECT_FALSE(parse_log_level("WARN"));
  EXPECT_EQ(*parse_log_format("json"), LogFormat::json);
  EXPECT_FALSE(parse_log_format("xml"));
}

TEST(LogTest, LinesOfOneMessageAreLimited) {
  const auto log = make_log(LogLevel::info, LogFormat::json);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) log->warn("again", {{"i", std::to_string(i)}});
  log->warn("something else");
  log->debug("too little");
  log->flush();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
  EXPECT_THAT(text, HasSubstr("something else"));
  EXPECT_EQ(log->dropped(), 0u) << "left out on purpose";
}

}  // namespace
}  // namespace revisitd::daemon
