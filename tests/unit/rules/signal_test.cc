#include "rules/signal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/yaml_decode.h"

namespace revisitd::rules {
namespace {

using testing::HasSubstr;

struct Decoded {
  explicit Decoded(const std::string& text, const std::string& name = "s")
      : findings("f.yaml", text), documents(parse_yaml(text, {}, findings)) {
    spec = decode_signal(name, YamlValue(documents.at(0), name, findings));
  }
  std::string error() const { return findings.ok() ? "" : findings.list().front().message; }

  Findings findings;
  std::vector<YamlNode> documents;
  std::optional<SignalSpec> spec;
};

TEST(SignalTest, ReadsAQuantile) {
  const Decoded d("{quantile: 0.99, series: 'x{code!~\"5..\"}', unit: seconds}");
  ASSERT_TRUE(d.spec) << d.error();
  EXPECT_EQ(d.spec->reduction, Reduction::quantile);
  EXPECT_EQ(d.spec->quantile, 0.99);
  EXPECT_EQ(d.spec->series, "x{code!~\"5..\"}");
  EXPECT_EQ(d.spec->unit, Unit::seconds);
}

TEST(SignalTest, ReadsEveryReductionOverASeries) {
  for (const char* key : {"rate", "mean", "max", "min", "last", "sum", "count"}) {
    const Decoded d("{" + std::string(key) + ": x_total}");
    ASSERT_TRUE(d.spec) << key;
    EXPECT_EQ(reduction_name(d.spec->reduction), key);
    EXPECT_EQ(d.spec->series, "x_total");
    EXPECT_EQ(d.spec->unit, Unit::number);
  }
}

TEST(SignalTest, ReadsTheLabelOfAnInfoMetric) {
  EXPECT_EQ(Decoded("{info: go_build_info}").spec->label, "version");
  const Decoded d("{info: 'go_build_info{path!=\"x\"}', label: checksum}");
  ASSERT_TRUE(d.spec) << d.error();
  EXPECT_EQ(d.spec->reduction, Reduction::info);
  EXPECT_EQ(d.spec->series, "go_build_info{path!=\"x\"}");
  EXPECT_EQ(d.spec->label, "checksum");
  EXPECT_THAT(Decoded("{max: x, label: y}").error(), HasSubstr("unknown key `label`"));
}

TEST(SignalTest, ReadsAQuery) {
  const Decoded d("{from: main, query: 'up[$slot]', allow_partial: true}");
  ASSERT_TRUE(d.spec) << d.error();
  EXPECT_EQ(d.spec->from, "main");
  EXPECT_EQ(d.spec->query, "up[$slot]");
  EXPECT_TRUE(d.spec->allow_partial);
}

TEST(SignalTest, ARatePerARateIsARatioUnlessSaidOtherwise) {
  EXPECT_EQ(Decoded("{rate: a, per: b}").spec->unit, Unit::ratio);
  EXPECT_EQ(Decoded("{rate: a, per: b, unit: bytes}").spec->unit, Unit::bytes);
}

TEST(SignalTest, SaysWhatIsWrong) {
  EXPECT_THAT(Decoded("{}").error(), HasSubstr("expected one of `quantile`"));
  EXPECT_THAT(Decoded("{rate: a, max: b}").error(), HasSubstr("one reduction, found `rate`"));
  EXPECT_THAT(Decoded("{quantile: 0.9}").error(), HasSubstr("missing key `series`"));
  EXPECT_THAT(Decoded("{quantile: 1, series: x}").error(), HasSubstr("between 0 and 1"));
  EXPECT_THAT(Decoded("{quantile: .nan, series: x}").error(), HasSubstr("decimal number"));
  EXPECT_THAT(Decoded("{query: up}").error(), HasSubstr("missing key `from`"));
  EXPECT_THAT(Decoded("{max: x, per: y}").error(), HasSubstr("unknown key `per`"));
  EXPECT_THAT(Decoded("{max: x, unit: second}").error(), HasSubstr("did you mean `seconds`?"));
  EXPECT_THAT(Decoded("{max: x, allow_partial: true}").error(), HasSubstr("unknown key"));
  EXPECT_THAT(Decoded("x").error(), HasSubstr("expected a map"));
}

TEST(SignalTest, NamesAreThoseConditionsCanWrite) {
  for (const char* name : {"latency_p99", "_x", "A1"})
    EXPECT_TRUE(Decoded("{max: x}", name).spec) << name;
  for (const char* name : {"", "1a", "a-b", "a.b", "and", "or", "not", "caf\xC3\xA9"}) {
    EXPECT_FALSE(Decoded("{max: x}", name).spec) << name;
  }
}

}  // namespace
}  // namespace revisitd::rules
