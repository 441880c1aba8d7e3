#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/web/team_view.h"
#include "rules/record.h"
#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Json data_of(const HttpResponse& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  return Json::parse(response.body)["data"];
}

std::string error_of(const HttpResponse& response) {
  return std::to_string(response.status) + " " +
         Json::parse(response.body).value("error", std::string());
}

std::vector<std::string> keys_of(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

struct ApiAssessmentTest : testing::Test {
  static FakeApp& sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(2);
    return *kSample;
  }
};

TEST_F(ApiAssessmentTest, ADecisionIsRerunOnDemand) {
  const Json a = data_of(get(sample(), "/api/v1/decisions/checkout/assessment"));
  EXPECT_THAT(keys_of(a),
              ElementsAre("service", "decision", "chosen", "result", "leans", "margin",
                          "confidence", "gate", "languages", "moved", "missing", "summary", "at"));
  EXPECT_EQ(a["chosen"], "python");
  EXPECT_THAT(keys_of(a["languages"]), ElementsAre("python", "go", "java"));
  for (const Json& c : a["languages"]["python"]["criteria"]) {
    EXPECT_THAT(keys_of(c), ElementsAre("name", "score", "weight", "then", "now", "why"));
  }
}

TEST_F(ApiAssessmentTest, EveryDecisionCarriesItsRerunInShort) {
  for (const Json& d : data_of(get(sample(), "/api/v1/decisions"))) {
    EXPECT_THAT(keys_of(d["assessment"]),
                ElementsAre("result", "leans", "margin", "confidence", "summary"));
  }
}

TEST_F(ApiAssessmentTest, AnUnknownServiceIsNotFound) {
  for (const char* what : {"assessment", "draft"}) {
    EXPECT_THAT(error_of(get(sample(), std::string("/api/v1/decisions/nobody/") + what)),
                HasSubstr("404 no decision is in force for service 'nobody'"));
  }
}

TEST_F(ApiAssessmentTest, ADraftIsARecordThatPassesTheCheck) {
  const Json draft = data_of(get(sample(), "/api/v1/decisions/checkout/draft"));
  const auto reading = rules::read_record(
      {draft["file"].get<std::string>(), draft["markdown"].get<std::string>(), "", ""}, {},
      {.infer_signals = true});
  EXPECT_TRUE(reading.ok());
  EXPECT_EQ(reading.status, rules::RecordStatus::proposed);
}

TEST_F(ApiAssessmentTest, ADraftAloneIsMarkdown) {
  const Json draft = data_of(get(sample(), "/api/v1/decisions/checkout/draft"));
  for (const HttpResponse& r : {get(sample(), "/api/v1/decisions/checkout/draft?format=markdown"),
                                send(sample(), "GET", "/api/v1/decisions/checkout/draft", "",
                                     {{"accept", "text/markdown"}})}) {
    EXPECT_EQ(r.content_type, "text/markdown; charset=utf-8");
    EXPECT_EQ(r.body, draft["markdown"].get<std::string>());
  }
}

TEST_F(ApiAssessmentTest, AdviceComparesTheCataloguesLanguages) {
  const Json advice = data_of(
      get(sample(), "/api/v1/advise?workload=network-service&team=payments&latency_p99=100ms"));
  EXPECT_THAT(keys_of(advice["assessment"]["languages"]), ElementsAre("go", "python"));
  EXPECT_EQ(advice["envelope"]["latency_p99"]["budget"], 0.1);
  EXPECT_THAT(advice["text"].get<std::string>(), HasSubstr("workload"));
}

TEST_F(ApiAssessmentTest, AdviceNamesPrecedentsOfTheTrail) {
  const Json advice =
      data_of(get(sample(), "/api/v1/advise?workload=network-service&latency_p99=100ms"));
  ASSERT_FALSE(advice["precedents"].empty());
  EXPECT_EQ(advice["precedents"][0]["service"], "checkout");
  EXPECT_EQ(advice["precedents"][0]["distance"], 0);
  EXPECT_EQ(advice["precedents"][0]["ended"], nullptr);
}

TEST_F(ApiAssessmentTest, AQuestionWithAMistakeIsToldWhichOne) {
  EXPECT_THAT(error_of(get(sample(), "/api/v1/advise?workload=netwrk-service")),
              HasSubstr("400 `workload`: no such workload; did you mean `network-service`"));
  EXPECT_THAT(error_of(get(sample(), "/api/v1/advise?languages=python,gu")),
              HasSubstr("`languages`: `gu` is not in the catalogue"));
  EXPECT_THAT(error_of(get(sample(), "/api/v1/advise?latency_p99=fast")),
              HasSubstr("400 `latency_p99`: "));
}

TEST_F(ApiAssessmentTest, WhatNobodyHasHeardOfIsAMistake) {
  EXPECT_THAT(error_of(get(sample(), "/api/v1/advise?team=paymens")),
              HasSubstr("400 `team`: neither the roster nor a decision names it; did you mean "
                        "`payments`"));
  EXPECT_THAT(error_of(get(sample(), "/api/v1/advise?latency-p99=100ms")),
              HasSubstr("400 `latency-p99`: no such signal or parameter; did you mean "
                        "`latency_p99`"));
  for (const char* budget : {"0", "-5"}) {
    EXPECT_THAT(error_of(get(sample(), std::string("/api/v1/advise?rps=") + budget)),
                HasSubstr("400 `rps`: "));
  }
}

TEST_F(ApiAssessmentTest, ABudgetInTheWrongUnitIsRefused) {
  auto app = sample_fleet(0);
  app->declared["latency_p99"].unit = Unit::seconds;
  EXPECT_THAT(error_of(get(*app, "/api/v1/advise?latency_p99=100MiB")),
              HasSubstr("the signal is in seconds, the budget in bytes"));
}

TEST_F(ApiAssessmentTest, TeamsShowWhatTheyRunAndWhoKnowsIt) {
  const Json data = data_of(get(sample(), "/api/v1/teams"));
  double share = 0;
  for (const auto& [language, use] : data["languages"].items()) share += use["share"].get<double>();
  EXPECT_NEAR(share, 1, 1e-9);
  bool found = false;
  for (const Json& team : data["teams"]) {
    if (team["team"] != "payments") continue;
    found = true;
    EXPECT_TRUE(team["members"].is_number());
    EXPECT_TRUE(team["languages"].contains("python"));
  }
  EXPECT_TRUE(found);
}

TEST_F(ApiAssessmentTest, AdviceHasAPageWithItsFormAndAnswer) {
  const std::string empty = get(sample(), "/advise").body;
  EXPECT_THAT(empty, HasSubstr(R"(<form class="filter ask" method="get" action="/advise")"));
  for (const char* field : {"workload", "team", "languages", "latency_p99", "rps", "memory",
                            "cold_start", "containers_per_node", "cost"}) {
    EXPECT_THAT(empty, HasSubstr(std::string("name=\"") + field + "\""));
  }
  EXPECT_THAT(empty, HasSubstr(R"(<option value="payments">payments</option>)"));
  EXPECT_THAT(empty, Not(HasSubstr("id=\"advice\"")));
  EXPECT_THAT(get(sample(), "/").body, HasSubstr(R"(<a href="/advise">Advise</a>)"));

  const HttpResponse response = get(sample(),
                                    "/advise?workload=network-service&team=payments&latency_p99="
                                    "100ms&rps=&memory=&error_ratio=1%25");
  EXPECT_EQ(response.status, 200);
  for (const char* part :
       {R"(<option value="network-service" selected="selected">)",
        R"(name="error_ratio" value="1%")", R"(name="latency_p99" value="100ms")",
        "of what it weighs is known", "envelope/latency_p99",
        R"(<a href="/service/checkout">checkout</a>)", "in force for",
        "/api/v1/advise?workload=network-service&amp;team=payments&amp;latency_p99=100ms"}) {
    EXPECT_THAT(response.body, HasSubstr(part));
  }
  EXPECT_THAT(response.body, Not(HasSubstr(">Then<"))) << "there was no decision before";
}

TEST_F(ApiAssessmentTest, AMistakeInTheFormIsToldAndTheFormKept) {
  const HttpResponse response = get(sample(), "/advise?workload=cli&memory=much");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("`memory`: "));
  EXPECT_THAT(response.body, HasSubstr(R"(name="memory" value="much")"));
  EXPECT_THAT(response.body, HasSubstr(R"(<option value="cli" selected="selected">)"));
}

TEST_F(ApiAssessmentTest, TeamsRunTheVersionsThatRun) {
  RuntimeFacts facts;
  facts.services["search"].running = {{"go", "go1.21.0, go1.22.3"}};
  facts.services["search"].drift = ServiceRuntime::Drift::none;
  facts.services["checkout"].running = {{"ruby", "3.2"}};
  facts.services["checkout"].drift = ServiceRuntime::Drift::drift;
  const FleetView view = view_fleet(sample().engine(), facts, sample().now());
  const LanguageUse& go = view.languages.at("go");
  EXPECT_THAT(go.versions.at("go1.21.0"), ElementsAre("search"));
  EXPECT_THAT(go.versions.at("go1.22.3"), ElementsAre("search"));
  const LanguageUse& ruby = view.languages.at("ruby");
  EXPECT_TRUE(ruby.services.empty());
  EXPECT_THAT(ruby.drifted, ElementsAre("checkout"));
  EXPECT_THAT(ruby.versions.at("3.2"), ElementsAre("checkout"));
  // Drift alone makes it no runtime of the team.
  const auto changes = [](const FleetView& fleet) {
    std::size_t most = 0;
    for (const TeamView& team : fleet.teams) {
      for (const TeamView::Change& c : team.changes) most = std::max(most, c.runtimes_before);
    }
    return most;
  };
  EXPECT_EQ(changes(view), changes(view_fleet(sample().engine(), {}, sample().now())));
}

TEST_F(ApiAssessmentTest, ThePagesShowIt) {
  const std::string service = get(sample(), "/service/checkout").body;
  EXPECT_THAT(service, HasSubstr("The decision rerun"));
  EXPECT_THAT(service, HasSubstr("/service/checkout/draft"));
  EXPECT_THAT(get(sample(), "/").body, HasSubstr("Rerun"));
  const HttpResponse draft = get(sample(), "/service/checkout/draft");
  EXPECT_EQ(draft.status, 200);
  EXPECT_THAT(draft.body, HasSubstr("TO DECIDE"));
  EXPECT_EQ(get(sample(), "/service/nobody/draft").status, 404);
  EXPECT_THAT(get(sample(), "/teams").body, HasSubstr("payments"));
}

}  // namespace
}  // namespace revisitd::daemon::web
