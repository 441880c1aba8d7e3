#include "collectors/exposition_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using ::testing::HasSubstr;

TEST(ExpositionFormatTest, TakesEverySpellingOfTheTextFormat) {
  for (const char* type :
       {"text/plain", "text/plain; version=0.0.4", "text/plain; version=0.0.4; charset=utf-8",
        "text/plain;charset=utf-8", "Text/Plain; charset=UTF-8; version=0.0.4",
        "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"}) {
    const auto format = exposition_format_of(type);
    ASSERT_TRUE(format) << type;
    EXPECT_EQ(*format, ExpositionFormat::prometheus) << type;
  }
}

TEST(ExpositionFormatTest, TakesOpenMetricsOfAnyVersion) {
  for (const char* type :
       {"application/openmetrics-text",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;version=0.0.4", " APPLICATION/OpenMetrics-Text ;version=2"}) {
    EXPECT_EQ(*exposition_format_of(type), ExpositionFormat::openmetrics) << type;
  }
}

TEST(ExpositionFormatTest, TakesMissingAndUnknownTypesForText) {
  for (const char* type : {"", " ", "application/octet-stream", "text/plainer", ";"}) {
    EXPECT_EQ(*exposition_format_of(type), ExpositionFormat::prometheus) << type;
  }
}

TEST(ExpositionFormatTest, WhatNamesNoFormatMayBeTakenForTheOther) {
  const auto otherwise = ExpositionFormat::openmetrics;
  for (const char* type : {"", "application/json", "text/html"}) {
    EXPECT_EQ(*exposition_format_of(type, otherwise), ExpositionFormat::openmetrics) << type;
  }
  EXPECT_EQ(*exposition_format_of("text/plain", otherwise), ExpositionFormat::prometheus);
}

TEST(ExpositionFormatTest, WebPagesAreToldByWhatTheyHold) {
  for (const char* type : {"text/html; charset=utf-8", "Text/HTML", "application/xhtml+xml"}) {
    EXPECT_EQ(*exposition_format_of(type), ExpositionFormat::prometheus) << type;
    EXPECT_TRUE(is_html_type(type)) << type;
  }
  EXPECT_FALSE(is_html_type("text/plain; profile=text/html"));
}

TEST(ExpositionFormatTest, KnowsProtobufOfMetricFamilies) {
  for (const char* type :
       {kProtobufType, "application/vnd.google.protobuf",
        "Application/vnd.google.Protobuf ; Proto=\"io.prometheus.client.MetricFamily\"; "
        "encoding=delimited; escaping=allow-utf-8"}) {
    const auto format = exposition_format_of(type);
    ASSERT_TRUE(format) << type;
    EXPECT_EQ(*format, ExpositionFormat::protobuf) << type;
  }
}

TEST(ExpositionFormatTest, RefusesOtherProtobuf) {
  for (const char* type : {"application/vnd.google.protobuf; proto=x",
                           "application/vnd.google.protobuf; "
                           "proto=io.prometheus.client.MetricFamily; encoding=text"}) {
    const auto format = exposition_format_of(type);
    ASSERT_FALSE(format) << type;
    EXPECT_THAT(format.error().message, HasSubstr("encoding=delimited"));
  }
}

TEST(ExpositionFormatTest, APageOfProtobufBeginsWithTheNameOfAFamily) {
  EXPECT_TRUE(
      looks_like_protobuf(std::string("\x05\x0a\x01"
                                      "a\x18\x00",
                                      6)));
  for (const char* text : {"", "a 1\n", "\n\n\na 1\n", "# EOF\n",
                           "\x05\x0a\x01"
                           "a"})
    EXPECT_FALSE(looks_like_protobuf(text)) << text;
}

TEST(ExpositionFormatTest, NativeHistogramsAreAskedForAheadOfText) {
  EXPECT_EQ(accept_native_histograms(),
            std::string(kProtobufType) + ";escaping=allow-utf-8;q=0.7," + kExpositionAccept);
}

}  // namespace
}  // namespace revisitd::collectors
