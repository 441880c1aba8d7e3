#include "collectors/promql_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <iterator>

namespace revisitd::collectors {
namespace {

using rules::Absence;
using ::testing::HasSubstr;

std::string captured(const std::string& name) {
  std::ifstream file(REVISITD_SOURCE_DIR "/tests/fixtures/prometheus-api/" + name,
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string unzipped(const std::string& name) {
  const std::string path = REVISITD_SOURCE_DIR "/tests/fixtures/prometheus-api/" + name;
  gzFile file = gzopen(path.c_str(), "rb");
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(gzread(file, text.data(), 1 << 20)));
  gzclose(file);
  return text;
}

Result<PromqlVector, PromqlError> vector_in(const std::string& body, const std::string& label,
                                            int status = 200) {
  return read_promql_vector(status, body, {label});
}
Result<PromqlVector, PromqlError> captured_vector(const std::string& name,
                                                  const std::string& label = "job",
                                                  int status = 200) {
  return vector_in(captured(name), label, status);
}
// An instant vector with one element of service "s" and this value text.
PromqlValue one_value(const std::string& text) {
  const auto vector = vector_in(
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"service":"s"},"value":[1.5,")" +
          text + R"("]}]}})",
      "service");
  EXPECT_TRUE(vector);
  return vector->services.at("s");
}
PromqlError error_of(const std::string& name, int status) {
  const auto vector = captured_vector(name, "job", status);
  EXPECT_FALSE(vector) << name;
  return vector ? PromqlError{PromqlFailure::malformed, ""} : vector.error();
}

TEST(PromqlAnswerTest, ReadsAVectorByLabel) {
  for (const char* name : {"query_vector.json", "post_query.json", "query_time_rfc3339.json"}) {
    const auto vector = captured_vector(name);
    ASSERT_TRUE(vector) << name;
    EXPECT_EQ(vector->services.size(), 4u);
    EXPECT_EQ(vector->services.at("node").value, 1);
    EXPECT_EQ(vector->services.at("down").value, 0);
    EXPECT_EQ(vector->unlabelled, 0u);
    EXPECT_TRUE(vector->warnings.empty());
  }
}

TEST(PromqlAnswerTest, ManyLabelsAreNoMatter) {
  const auto vector = captured_vector("query_vector_labels.json", "goarch");
  ASSERT_TRUE(vector);
  EXPECT_EQ(vector->services.at("amd64").value, 1);
}

TEST(PromqlAnswerTest, ElementsWithoutTheLabelAreCounted) {
  const auto vector = captured_vector("query_vector.json", "service");
  ASSERT_TRUE(vector);
  EXPECT_TRUE(vector->services.empty());
  EXPECT_EQ(vector->unlabelled, 4u);
}

TEST(PromqlAnswerTest, TwoSeriesOfAServiceAreAmbiguous) {
  const auto vector = vector_in(unzipped("gzip_query.json.gz"), "job");
  ASSERT_TRUE(vector);
  EXPECT_FALSE(vector->services.at("prometheus").value);
  EXPECT_EQ(vector->services.at("prometheus").absence, Absence::ambiguous);
}

TEST(PromqlAnswerTest, EmptyVectorHasNoServices) {
  const auto vector = captured_vector("query_empty.json");
  ASSERT_TRUE(vector);
  EXPECT_TRUE(vector->services.empty());
}

TEST(PromqlAnswerTest, UnlabelledNumbersAreValidAnswers) {
  for (const char* name : {"query_bigint.json", "query_bignum.json", "query_nan.json",
                           "query_neginf.json", "query_posinf.json", "query_smallnum.json"}) {
    const auto vector = captured_vector(name);
    ASSERT_TRUE(vector) << name;
    EXPECT_EQ(vector->unlabelled, 1u) << name;
  }
}

TEST(PromqlAnswerTest, ReadsEveryKindOfNumber) {
  EXPECT_EQ(one_value("12345678901234567000").value, 12345678901234567000.0);
  EXPECT_EQ(one_value("1e+300").value, 1e300);
  EXPECT_EQ(one_value("1.5e-09").value, 1.5e-9);
  EXPECT_EQ(one_value("-0.25").value, -0.25);
  for (const char* text : {"NaN", "+Inf", "-Inf", "1e999"}) {
    EXPECT_FALSE(one_value(text).value) << text;
    EXPECT_EQ(one_value(text).absence, Absence::not_finite) << text;
  }
}

TEST(PromqlAnswerTest, NativeHistogramsHaveNoValue) {
  const auto vector = captured_vector("native_hist.json", "handler");
  ASSERT_TRUE(vector);
  ASSERT_FALSE(vector->services.empty());
  for (const auto& [service, value] : vector->services) {
    EXPECT_FALSE(value.value);
    EXPECT_EQ(value.absence, Absence::not_finite);
  }
}

TEST(PromqlAnswerTest, WarningsAreKeptAndRemarksLeftOut) {
  EXPECT_THAT(captured_vector("warn_quantile.json")->warnings,
              ::testing::ElementsAre(HasSubstr("quantile value should be between")));
  EXPECT_THAT(captured_vector("info_hq_nobucket.json")->warnings, ::testing::SizeIs(1));
  const auto remark = captured_vector("info_rate_gauge.json");
  EXPECT_TRUE(remark->warnings.empty());
  EXPECT_EQ(remark->services.at("node").value, 0);
}

TEST(PromqlAnswerTest, PartialAnswersWarn) {
  const auto vector = vector_in(
      R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}})", "job");
  ASSERT_TRUE(vector);
  EXPECT_EQ(vector->warnings.size(), 1u);
}

TEST(PromqlAnswerTest, OtherTypesSayWhatToDo) {
  const PromqlError scalar = error_of("query_scalar.json", 200);
  EXPECT_EQ(scalar.failure, PromqlFailure::wrong_shape);
  EXPECT_THAT(scalar.message, HasSubstr("by (job)"));
  EXPECT_THAT(error_of("query_matrix.json", 200).message, HasSubstr("rate()"));
  EXPECT_EQ(error_of("query_string.json", 200).failure, PromqlFailure::wrong_shape);
}

TEST(PromqlAnswerTest, RefusedQueriesSayWhatTheServerSaid) {
  for (const char* name :
       {"query_err_badtime.json", "query_err_noquery.json", "query_err_parse.json",
        "query_err_timeout.json", "query_range_err_matrix.json", "query_range_err_order.json",
        "query_range_err_step.json", "query_range_err_toomany.json"}) {
    const PromqlError error = error_of(name, 400);
    EXPECT_EQ(error.failure, PromqlFailure::refused) << name;
    EXPECT_THAT(error.message, HasSubstr("HTTP 400 (bad_data): ")) << name;
  }
  for (const char* name :
       {"query_err_exec.json", "query_err_manytomany.json", "query_timeout_real.json"}) {
    const PromqlError error = error_of(name, 422);
    EXPECT_EQ(error.failure, PromqlFailure::refused) << name;
    EXPECT_THAT(error.message, HasSubstr("HTTP 422 (execution): ")) << name;
    EXPECT_LT(error.message.size(), 400u);
  }
}

TEST(PromqlAnswerTest, PlainTextErrorsAreQuoted) {
  EXPECT_EQ(error_of("notfound.body", 404).message, "HTTP 404: 404 page not found");
}

TEST(PromqlAnswerTest, NumericErrorTypesAreUnderstood) {
  const auto vector =
      vector_in(R"({"status":"error","errorType":"422","error":"cannot parse"})", "job", 422);
  EXPECT_EQ(vector.error().message, "HTTP 422 (422): cannot parse");
}

TEST(PromqlAnswerTest, TroubleThatMayPassIsUnavailable) {
  for (const int status : {429, 500, 502, 503}) {
    EXPECT_EQ(vector_in("", "job", status).error().failure, PromqlFailure::unavailable) << status;
  }
}

TEST(PromqlAnswerTest, ErrorWithStatus200IsAnError) {
  EXPECT_EQ(error_of("query_err_parse.json", 200).failure, PromqlFailure::refused);
}

TEST(PromqlAnswerTest, OtherAnswersOfTheApiAreNoVectors) {
  for (const char* name :
       {"alertmanagers.json", "alerts.json", "alerts_firing.json", "buildinfo.json", "config.json",
        "exemplars.json", "label_values.json", "labels.json", "metadata.json", "rules.json",
        "rules_firing.json", "runtimeinfo.json", "series.json", "targets.json",
        "targets_metadata.json", "tsdb.json"}) {
    EXPECT_EQ(error_of(name, 200).failure, PromqlFailure::malformed) << name;
  }
}

TEST(PromqlAnswerTest, GarbageIsMalformed) {
  const std::string deep(100, '[');
  for (
      const std::string& body :
      {std::string(), std::string("<html>"), deep, std::string("{\"status\":\"success\"}"),
       std::string(
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}})"),
       std::string(
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}})"),
       std::string(
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0x1"]}]}})")}) {
    const auto vector = vector_in(body, "job");
    ASSERT_FALSE(vector) << body;
    EXPECT_EQ(vector.error().failure, PromqlFailure::malformed) << body;
  }
}

TEST(PromqlAnswerTest, TooManySeriesAreRefused) {
  const auto vector = read_promql_vector(200, captured("query_vector.json"), {"job", 3});
  EXPECT_EQ(vector.error().failure, PromqlFailure::wrong_shape);
}

TEST(PromqlMatrixTest, ReadsPointsByTime) {
  const auto matrix = read_promql_matrix(200, captured("query_range_vector.json"), {"job"});
  ASSERT_TRUE(matrix);
  const auto& points = matrix->services.at("prometheus");
  EXPECT_EQ(points.size(), 5u);
  EXPECT_EQ(points.at(from_millis(1795444404000)).value, 1);
}

TEST(PromqlMatrixTest, GapsStayGaps) {
  const auto matrix = read_promql_matrix(200, captured("query_range_gaps.json"), {"job"});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->services.at("prometheus").size(), 2u);
  EXPECT_TRUE(read_promql_matrix(200, captured("query_range_hq.json"), {"job"})->services.empty());
}

TEST(PromqlMatrixTest, NotANumberIsMissing) {
  const auto matrix = read_promql_matrix(200, captured("query_range_nan.json"), {"job"});
  ASSERT_TRUE(matrix);
  for (const auto& [time, value] : matrix->services.at("node")) {
    EXPECT_EQ(value.absence, Absence::not_finite);
    EXPECT_FALSE(value.value);
  }
}

TEST(PromqlMatrixTest, NativeHistogramsHaveNoPoints) {
  const auto matrix = read_promql_matrix(200, captured("native_hist_range.json"), {"job"});
  ASSERT_TRUE(matrix);
  for (const auto& [service, points] : matrix->services) EXPECT_TRUE(points.empty());
  EXPECT_EQ(matrix->services.size(), 1u);
}

TEST(PromqlMatrixTest, AnInstantVectorIsTheWrongShape) {
  const auto matrix = read_promql_matrix(200, captured("query_vector.json"), {"job"});
  EXPECT_EQ(matrix.error().failure, PromqlFailure::wrong_shape);
}

}  // namespace
}  // namespace revisitd::collectors
