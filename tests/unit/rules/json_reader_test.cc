#include "rules/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

template <class Read>
auto read(std::string_view text, Read read) {
  JsonReader json(text);
  return read(json);
}
double number(std::string_view text) {
  return read(text, [](JsonReader& json) { return json.number(); });
}
std::int64_t integer(std::string_view text) {
  return read(text, [](JsonReader& json) { return json.integer<std::int64_t>(); });
}
std::string text_of(std::string_view text) {
  return read(text, [](JsonReader& json) { return std::string(json.text()); });
}
std::string message(std::string_view text) {
  try {
    JsonReader json(text);
    json.members(required_member("a", [&] { json.integer<int>(); }));
    return "";
  } catch (const JsonReadError& e) {
    return e.what();
  }
}

// What nlohmann-json reads from it, or nothing.
template <class T>
std::optional<T> by_library(std::string_view text) {
  try {
    return Json::parse(text).get<T>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}
template <class T, class Read>
std::optional<T> by_reader(std::string_view text, Read read) {
  try {
    return read(text);
  } catch (const JsonReadError&) {
    return std::nullopt;
  }
}

TEST(JsonReaderTest, ReadsMembersInAnyOrderAndPassesOverOthers) {
  int a = 0;
  std::string b;
  JsonReader json(R"( {"x": {"y":[1,"]}",{}]}, "b" : "two\n" ,"a":1} )");
  json.members(required_member("a", [&] { a = json.integer<int>(); }),
               required_member("b", [&] { b = json.text(); }),
               optional_member("c", [&] { b = json.text(); }));
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, "two\n");
}

TEST(JsonReaderTest, TheLastOfEqualKeysStands) {
  int a = 0;
  JsonReader json(R"({"a":1,"a":2})");
  json.members(required_member("a", [&] { a = json.integer<int>(); }));
  EXPECT_EQ(a, 2);
}

TEST(JsonReaderTest, SaysWhatWasExpectedAndWhere) {
  EXPECT_EQ(message("[]"), "expected an object");
  EXPECT_EQ(message("{}"), "expected an object with \"a\"");
  EXPECT_EQ(message(R"({"a":"1"})"), "expected a number in \"a\"");
  EXPECT_EQ(message(R"({"a":1}})"), "expected JSON, found more behind it at byte 7");
  for (const char* broken : {"", R"({"a" 1})", R"({"a":1 "b":2})", R"({"a":1,"b":[1,})",
                             R"({"a":1,"b":[1,]})", R"({"a":1,"b":"c)", R"({"a":01})"})
    EXPECT_THAT(message(broken), testing::StartsWith("expected JSON, found ")) << broken;
}

// As what a member's reader reads is its own, a state that ends early must not lead it astray.
TEST(JsonReaderTest, BehindTheLastValueThereIsNone) {
  JsonReader json("[1]");
  json.skip();
  for (int i = 0; i < 3; ++i) {
    json.skip();
    EXPECT_THROW((void)json.text(), JsonReadError);
    EXPECT_THROW((void)json.number(), JsonReadError);
    EXPECT_FALSE(json.null());
  }
}

TEST(JsonReaderTest, ATreeIsWhatTheLibraryMakes) {
  const std::string text =
      R"({"a":[1,-2.5,1e300,true,false,null,"x\ny",{},[]],"a b":{"a":18446744073709551615},"a":3})";
  JsonReader json(text);
  EXPECT_EQ(json.tree().dump(), Json::parse(text).dump());
}

TEST(JsonReaderTest, ReadsNumbersAsTheLibraryDoes) {
  std::vector<std::string> texts{"0",
                                 "-0",
                                 "-0.0",
                                 "0.0",
                                 "01",
                                 "-",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "1.5e",
                                 "1e5",
                                 "1E+5",
                                 "1e-5",
                                 "1e999",
                                 "-1e999",
                                 "1e-999",
                                 "5e-324",
                                 "2e-324",
                                 "1.7976931348623157e308",
                                 "1.7976931348623159e308",
                                 "inf",
                                 "nan",
                                 "-inf",
                                 "Infinity",
                                 "0x10",
                                 "1_0",
                                 "1 2",
                                 "true",
                                 "null",
                                 "\"1\"",
                                 "[1]",
                                 "{}",
                                 "00.5",
                                 "0e5",
                                 "1.5.5",
                                 "--1",
                                 "9223372036854775807",
                                 "9223372036854775808",
                                 "-9223372036854775808",
                                 "-9223372036854775809",
                                 "18446744073709551615",
                                 "18446744073709551616",
                                 "9007199254740993",
                                 "2147483648",
                                 "1.9",
                                 ""};
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) texts.push_back(Json(value).dump());
    texts.push_back(std::to_string(static_cast<std::int64_t>(random() >> (random() % 64))));
    std::string digits;
    for (auto n = 1 + random() % 25; n > 0; --n)
      digits += "0123456789.e-"[random() % (n % 5 == 0 ? 13 : 10)];
    texts.push_back(digits);
  }
  for (const std::string& text : texts) {
    // Of zero the library takes any exponent.
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.size() - exponent > 8) continue;
    const auto expected = by_library<double>(text), found = by_reader<double>(text, number);
    ASSERT_EQ(found.has_value(), expected.has_value()) << text;
    if (found) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(*found), std::bit_cast<std::uint64_t>(*expected))
          << text;
    }
    // The library's answer to what is out of range is not defined.
    if (expected && std::abs(*expected) > 9.2e18) continue;
    ASSERT_EQ(by_reader<std::int64_t>(text, integer), by_library<std::int64_t>(text)) << text;
  }
}

TEST(JsonReaderTest, RefusesWholeNumbersThatDoNotFit) {
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "18446744073709551616",
                           "1e19", "-1e300", "9223372036854775808.0"})
    EXPECT_THROW(integer(text), JsonReadError) << text;
  EXPECT_EQ(integer("-9223372036854775808.0"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("1e18"), 1'000'000'000'000'000'000);
  EXPECT_EQ(message(R"({"a":2147483648})"), "expected a whole number of 32 bits in \"a\"");
  EXPECT_EQ(message(R"({"a":2147483647.5})"), "");
}

TEST(JsonReaderTest, ReadsTextsAsTheLibraryDoes) {
  std::vector<std::string> texts{
      R"("")",   R"("a)",         R"("\")",   R"("\u0041")", R"("\ud83d\ude00")", R"("\ud83d")",
      R"("\x")", R"("a\/b\\\"")", "\"\x7f\"", "\"\x01\"",    "\"\xc3\xa4\"",      "\"\xc3\"",
      "1",       R"("a""b")",     R"(null)"};
  std::mt19937 random(4);
  for (int i = 0; i < 5000; ++i) {
    std::string text = "\"";
    for (auto n = random() % 12; n > 0; --n) {
      constexpr std::string_view kParts = "ab\\\\n\"u0041\xc3\xa4 /t";
      text += kParts[random() % kParts.size()];
    }
    texts.push_back(text + '"');
  }
  for (const std::string& text : texts) {
    ASSERT_EQ(by_reader<std::string>(text, text_of), by_library<std::string>(text)) << text;
  }
}

TEST(JsonReaderTest, WhatIsPassedOverMustBeJson) {
  const auto passes = [](std::string_view text) {
    try {
      JsonReader json(text);
      json.skip();
      return true;
    } catch (const JsonReadError&) {
      return false;
    }
  };
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = 1 + random() % 10; n > 0; --n) text += R"([]{},:1"a )"[random() % 10];
    ASSERT_EQ(passes(text), Json::accept(text)) << text;
  }
  EXPECT_TRUE(passes(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(passes(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(JsonReaderTest, KnowsNullAndWholeNumbersAmongOtherValues) {
  const auto any = [](std::string_view text) {
    return read(text, [](JsonReader& json) { return json.integer_if_any(); });
  };
  EXPECT_EQ(any("5"), 5);
  EXPECT_EQ(any("null"), std::nullopt);
  EXPECT_EQ(any("1.5"), std::nullopt);
  EXPECT_EQ(any(R"("5")"), std::nullopt);
  EXPECT_THROW(any("nul"), JsonReadError);
}

}  // namespace
}  // namespace revisitd::rules
