#include "collectors/end_of_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const char* const kPython = R"([
  {"cycle":"3.12","releaseDate":"2023-10-02","support":"2025-04-02","eol":"2028-10-31","latest":"3.12.5","lts":false},
  {"cycle":"3.11","releaseDate":"2022-10-24","eol":false,"latest":"3.11.9"},
  {"cycle":"2.7","releaseDate":"2010-07-03","eol":true}
])";

std::string error(const std::string& text) {
  const auto reading = decode_end_of_life(text, "python.json");
  return reading.diagnostics.empty() ? "" : format_location(reading.diagnostics.front());
}

TEST(EndOfLifeTest, ADayTrueAndFalseAreDifferentThings) {
  const auto reading = decode_end_of_life(kPython, "python.json");
  ASSERT_TRUE(reading.cycles) << format_diagnostic(reading.diagnostics.at(0));
  const auto& cycles = reading.cycles->cycles;
  ASSERT_THAT(cycles, SizeIs(3));
  EXPECT_EQ(cycles[0].ends, *parse_time("2028-10-31"));
  EXPECT_EQ(cycles[0].released, *parse_time("2023-10-02"));
  EXPECT_EQ(cycles[0].latest, "3.12.5");
  EXPECT_EQ(cycles[1].ends, std::nullopt);
  EXPECT_FALSE(cycles[1].over);
  EXPECT_TRUE(cycles[2].over);
}

TEST(EndOfLifeTest, ReadsTheNewerFormatToo) {
  const auto reading = decode_end_of_life(
      R"({"schema_version":"1.2.0","result":{"name":"go","releases":[
        {"name":"1.24","releaseDate":"2025-02-11","isEol":false,"eolFrom":null,"latest":{"name":"1.24.1"}},
        {"name":"1.22","releaseDate":"2024-02-06","isEol":true,"eolFrom":"2025-02-11","latest":{"name":"1.22.12"}}]}})",
      "go.json");
  ASSERT_TRUE(reading.cycles) << format_diagnostic(reading.diagnostics.at(0));
  EXPECT_EQ(reading.cycles->cycles[0].latest, "1.24.1");
  EXPECT_EQ(reading.cycles->cycles[0].ends, std::nullopt);
  EXPECT_EQ(reading.cycles->cycles[1].ends, *parse_time("2025-02-11"));
}

TEST(EndOfLifeTest, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(error("[]"), "python.json:1:1: expected at least one cycle");
  EXPECT_THAT(error("{}"), HasSubstr("python.json:1:1: expected a list of cycles"));
  EXPECT_THAT(error("[{\"eol\":false}]"), HasSubstr("python.json:1:2: `cycle`: expected"));
  EXPECT_EQ(error("[{\"cycle\":\"3.1\",\n\"eol\":\"soon\"}]"),
            "python.json:2:7: `eol`: expected a day such as 2026-05-04, found \"soon\"");
  EXPECT_THAT(error("[1]"), HasSubstr("expected a cycle as an object"));
  EXPECT_NE(error("<html>"), "");
}

TEST(EndOfLifeFilesTest, AFileThatBreaksKeepsWhatWasKnown) {
  TempFolder folder;
  EndOfLifeFiles files({{folder.write("python.json", kPython), "python"}});
  std::vector<Diagnostic> problems;
  EXPECT_TRUE(files.look(problems));
  ASSERT_NE(files.find("python"), nullptr);
  EXPECT_EQ(files.find("python")->as_of, kWritten);
  EXPECT_EQ(files.find("go"), nullptr);
  EXPECT_FALSE(files.look(problems));
  EXPECT_THAT(problems, IsEmpty());

  folder.write("python.json", "[{}]");
  EXPECT_FALSE(files.look(problems));
  EXPECT_FALSE(files.look(problems));
  EXPECT_THAT(problems, SizeIs(1)) << "told once";
  EXPECT_THAT(files.problems(), SizeIs(1));
  EXPECT_THAT(files.find("python")->cycles, SizeIs(3));
  folder.write("python.json", kPython);
  EXPECT_TRUE(files.look(problems));
  EXPECT_THAT(files.problems(), IsEmpty());
}

TEST(EndOfLifeTest, ProductsAreLanguages) {
  EXPECT_EQ(language_of_product("python"), "python");
  EXPECT_EQ(language_of_product("nodejs"), "javascript");
  EXPECT_EQ(language_of_product("eclipse-temurin"), "java");
}

}  // namespace
}  // namespace revisitd::collectors
