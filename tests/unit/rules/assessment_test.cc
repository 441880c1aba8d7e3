#include "rules/assessment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "rules/assessment_json.h"
#include "rules/criteria.h"
#include "rules/json_reader.h"
#include "tests/unit/rules/assessment_fixture.h"

namespace revisitd::rules {
namespace {

// A team that knows Python cold and has tried Go; the service outgrew its envelope.
Rerun outgrown() {
  Rerun r;
  r.measured("latency_p99", "80ms").measured("memory", "180MiB").measured("rps", "900");
  r.measure("latency_p99", "160ms").measure("memory", "400MiB").measure("rps", "2600");
  r.team(4, "python", 3, 4).team(4, "go", 2, 2);
  r.runs("python", 1, 5).runs("go", 1, 4);
  return r;
}

TEST(AssessmentTest, LeansToTheLanguageThatFitsWhatTheServiceBecame) {
  const Assessment a = outgrown().assess();
  EXPECT_EQ(assessment_result_name(a.result), "leans");
  EXPECT_EQ(a.leans, "go");
  EXPECT_GT(*a.margin, 0.05);
  EXPECT_DOUBLE_EQ(a.confidence, 1);
  EXPECT_TRUE(a.gate.empty());
}

TEST(AssessmentTest, StandsWhileTheReasonsHold) {
  Rerun r = outgrown();
  r.candidate.workload = "data-pipeline";
  r.measure("latency_p99", "40ms").measure("memory", "120MiB").measure("rps", "800");
  const Assessment a = r.assess();
  EXPECT_EQ(assessment_result_name(a.result), "stands");
  EXPECT_EQ(a.leans, "");
}

TEST(AssessmentTest, IsTooCloseToCallUnderTheMargin) {
  Rerun r = outgrown();
  r.catalogue.close = 0.9;
  EXPECT_EQ(assessment_result_name(r.assess().result), "close");
}

TEST(AssessmentTest, ALanguageNobodyShippedIsNeverRecommendedOverOneThatTwoKnowCold) {
  Rerun r = outgrown();
  r.team(4, "go", 0, 0);
  r.now.people->knows["go"] = 1;
  const Assessment a = r.assess();
  EXPECT_GT(r.score("go"), 0);
  ASSERT_EQ(a.gate.size(), 1u);
  EXPECT_EQ(a.gate[0].language, "go");
  EXPECT_EQ(a.gate[0].over, "python");
  EXPECT_EQ(assessment_result_name(a.result), "stands");
}

TEST(AssessmentTest, TheGateHoldsAgainstTheChosenLanguageToo) {
  Rerun r = outgrown();
  r.team(4, "python", 0, 0);
  r.catalogue.languages["python"].suits["network-service"] = 1;
  const Assessment a = r.assess();
  EXPECT_EQ(assessment_result_name(a.result), "leans");
  EXPECT_EQ(a.leans, "go");
}

TEST(AssessmentTest, AGateThatLeavesOneSaysSo) {
  Rerun r = outgrown();
  r.team(4, "go", 0, 0);
  EXPECT_EQ(summary(r.assess()), "python stands: go is behind the fluency gate");
  EXPECT_EQ(r.assess().margin, std::nullopt);
  EXPECT_TRUE(to_json(r.assess()).at("margin").is_null());
  r.team(4, "python", 0, 0).team(4, "go", 2, 2);
  EXPECT_EQ(summary(r.assess()), "leans go: python is behind the fluency gate");
  r.candidate.alternatives = {"go", "java"};
  EXPECT_EQ(summary(r.assess()), "leans go: python and java are behind the fluency gate");
}

TEST(AssessmentTest, TwoThatAreNearEachOtherDoNotSaveOneThatIsFarBehind) {
  Rerun r = outgrown();
  r.catalogue.languages["rust"] = r.catalogue.languages["go"];
  r.catalogue.languages["rust"].suits["network-service"] = 0.94;
  r.candidate.alternatives = {"go", "rust"};
  r.team(4, "rust", 2, 2).runs("rust", 1, 4);
  const Assessment a = r.assess();
  EXPECT_EQ(assessment_result_name(a.result), "leans");
  EXPECT_EQ(a.leans, "go");
  EXPECT_LT(*a.margin, 0.05);
  EXPECT_EQ(summary(a), "leans go by " +
                            format_quantity(r.score("go") - r.score("python"), Unit::number) +
                            " over python; rust is within 0.0025 of it");
  r.catalogue.close = 0.9;
  EXPECT_EQ(assessment_result_name(r.assess().result), "close");
}

TEST(AssessmentTest, TwoLearnersPassTheGate) {
  Rerun r = outgrown();
  r.team(4, "go", 0, 0);
  r.now.people->knows["go"] = 2;
  EXPECT_TRUE(r.assess().gate.empty());
}

TEST(AssessmentTest, MissingInputsLowerConfidenceAndCountForNobody) {
  Rerun r = outgrown();
  const Assessment whole = r.assess();
  r.now.people.reset();
  const Assessment a = r.assess();
  EXPECT_LT(a.confidence, whole.confidence);
  EXPECT_EQ(a.missing, (std::vector<std::string>{"roster"}));
  for (const char* language : {"python", "go"}) {
    EXPECT_FALSE(r.criterion(language, "fluency").score.has_value());
    EXPECT_EQ(r.criterion(language, "fluency").why, "left out: not known is roster");
  }
}

TEST(AssessmentTest, NothingIsBelievedOfALanguageThatIsNotInTheCatalogue) {
  Rerun r = outgrown();
  r.candidate.alternatives = {"go", "java"};
  r.team(4, "java", 4, 4).runs("java", 9, 90);
  const double go = r.score("go"), python = r.score("python");
  const Assessment a = r.assess();
  EXPECT_EQ(a.missing,
            (std::vector<std::string>{"suits(java, network-service)", "footprint(java)"}));
  EXPECT_NEAR(a.confidence, 1 - 0.6 / 3, 1e-12);
  EXPECT_EQ(a.leans, "go");
  EXPECT_NEAR(*a.margin, go - python, 1e-12);
  for (const char* criterion : {"workload", "envelope/memory", "footprint"}) {
    EXPECT_FALSE(r.criterion("java", criterion).score) << criterion;
    EXPECT_EQ(r.criterion("go", criterion).score, [&] {
      Rerun other = r;
      other.candidate.alternatives = {"go"};
      return other.criterion("go", criterion).score;
    }()) << criterion;
  }
  // A ratio is the same in any language.
  r.candidate.envelope["error_ratio"] = {0.01, Unit::ratio};
  r.measure("error_ratio", "2%");
  EXPECT_EQ(r.criterion("java", "envelope/error_ratio").score, 0);
  r.candidate.alternatives = {"java"};
  EXPECT_EQ(summary(r.assess()), "python stands: java is not in the catalogue");
}

TEST(AssessmentTest, AChosenLanguageThatIsNotInTheCatalogueLeavesTheCriterionOut) {
  Rerun r = outgrown();
  r.candidate.chosen = "java";
  EXPECT_EQ(r.assess().missing,
            (std::vector<std::string>{"suits(java, network-service)", "footprint(java)"}));
  for (const char* language : {"java", "go"}) {
    EXPECT_FALSE(r.criterion(language, "workload").score) << language;
    EXPECT_FALSE(r.criterion(language, "envelope/memory").score) << language;
    EXPECT_FALSE(r.criterion(language, "footprint").score) << language;
  }
}

TEST(AssessmentTest, WhereAnotherLanguageRunsTheChosenOneIsEstimated) {
  Rerun r = outgrown();
  r.candidate.chosen = "go";
  r.candidate.alternatives = {"python"};
  r.now.language = "python";
  r.candidate.envelope = {{"latency_p99", {0.1, Unit::seconds}}};
  EXPECT_EQ(r.criterion("python", "envelope/latency_p99").why,
            "python measures 160ms against a budget of 100ms, which does not fit");
  EXPECT_EQ(r.criterion("go", "envelope/latency_p99").why,
            "go is taken to need 30% of what python, which is what runs, does, which would fit");
  EXPECT_EQ(r.criterion("go", "footprint").why,
            "go is taken to need 35% of the memory that python, which is what runs, does");
  // Nothing is known of what a language that nobody described would do instead.
  r.now.language = "ruby";
  EXPECT_EQ(r.assess().missing, (std::vector<std::string>{"footprint(ruby)"}));
}

TEST(AssessmentTest, AFootprintSaysWhatItCouldNotCompare) {
  Rerun r = outgrown();
  const double whole = r.assess().confidence;
  r.measured("cost", "100");
  EXPECT_EQ(r.assess().missing, (std::vector<std::string>{"cost now"}));
  EXPECT_NEAR(r.assess().confidence, whole - 0.1 * 0.4 / 2, 1e-12);
  r.then.signals.erase("memory");
  EXPECT_EQ(r.assess().missing, (std::vector<std::string>{"cost now", "memory at the decision"}));
  EXPECT_NEAR(r.assess().confidence, whole - 0.1 * 0.4, 1e-12);
  r.now.signals.erase("memory");
  r.measured("memory", "180MiB");
  EXPECT_EQ(r.assess().missing, (std::vector<std::string>{"memory", "cost now", "memory now"}));
  EXPECT_EQ(r.criterion("go", "footprint").why, "left out: not known is cost now");
}

TEST(AssessmentTest, WhoHasShippedIsNotGuessedWhileGitIsNotRead) {
  Rerun r = outgrown();
  r.team(4, "go", 1, 1);
  const Assessment whole = r.assess();
  r.now.people->shipped.reset();
  const Assessment a = r.assess();
  EXPECT_NEAR(whole.confidence - a.confidence, 0.25 * 0.3, 1e-12);
  EXPECT_EQ(a.missing, (std::vector<std::string>{"shipped(python)", "shipped(go)"}));
  // Three of four know it cold: what else counts keeps its shares.
  EXPECT_NEAR(*r.criterion("python", "fluency").score, (0.5 + 0.2 * 0.75) / 0.7, 1e-12);
  EXPECT_EQ(r.criterion("go", "fluency").why,
            "1 person of 4 on the team knows go cold, who has shipped it is not known");
  EXPECT_TRUE(a.gate.empty());
  for (const MovedInput& m : a.moved) EXPECT_NE(m.input, "shipped(python)");
}

TEST(AssessmentTest, NobodyIsBehindTheGateForWhatGitCannotSay) {
  Rerun r = outgrown();
  r.team(4, "go", 0, 0);
  ASSERT_EQ(r.assess().gate.size(), 1u);
  r.now.people->shipped.reset();
  EXPECT_TRUE(r.assess().gate.empty());
}

TEST(AssessmentTest, NamesWhatMovedAndNotWhatWobbled) {
  Rerun r = outgrown();
  r.measure("rps", "940");
  r.then.people->fluent["go"] = 0;
  std::vector<std::string> moved;
  for (const MovedInput& m : r.assess().moved) moved.push_back(m.input);
  EXPECT_EQ(moved, (std::vector<std::string>{"latency_p99", "memory", "fluent(go)"}));
}

TEST(AssessmentTest, EverythingThatIsCountedMayHaveMoved) {
  Rerun r = outgrown();
  r.measure("latency_p99", "80ms").measure("memory", "180MiB").measure("rps", "900");
  ++r.now.people->members;
  ++r.now.people->fluent["python"];
  --r.now.people->staying["go"];
  ++(*r.now.people->shipped)["go"];
  ++r.now.people->around["python"];
  r.now.fleet->team["java"] = 1;
  ++r.now.fleet->team["go"];
  ++r.now.fleet->fleet["go"];
  std::vector<std::string> moved;
  for (const MovedInput& m : r.assess().moved) moved.push_back(m.input);
  EXPECT_EQ(moved, (std::vector<std::string>{"members", "fluent(python)", "staying(go)",
                                             "shipped(go)", "around(python)", "team_services(go)",
                                             "team_languages", "fleet_services(go)"}));
}

TEST(AssessmentTest, HeadroomIsHalfAPointOnTheBudget) {
  EXPECT_DOUBLE_EQ(headroom_score(1), 0.5);
  EXPECT_DOUBLE_EQ(headroom_score(0.5), 1);
  EXPECT_DOUBLE_EQ(headroom_score(2), 0);
  EXPECT_DOUBLE_EQ(headroom_score(0), 1);
  EXPECT_DOUBLE_EQ(headroom_score(100), 0);
}

TEST(AssessmentTest, AScoreIsNoRoundingError) {
  Rerun r = outgrown();
  const double budget = r.candidate.envelope.at("latency_p99").value;
  r.now.signals.at("latency_p99").quantity.value = std::nextafter(2 * budget, 0);
  const Assessment a = r.assess();
  for (const Criterion& c : a.languages[0].criteria) {
    if (c.name == "envelope/latency_p99") EXPECT_EQ(*c.score, 0);
  }
}

TEST(AssessmentTest, MoreContainersPerNodeAreBetter) {
  Rerun r = outgrown();
  r.candidate.envelope = {{"containers_per_node", {20, Unit::number}}};
  const double few = *r.measure("containers_per_node", "10")
                          .criterion("python", "envelope/containers_per_node")
                          .score;
  const double many = *r.measure("containers_per_node", "30")
                           .criterion("python", "envelope/containers_per_node")
                           .score;
  EXPECT_LT(few, many);
}

TEST(AssessmentTest, SaysWhichRuntimeALanguageWouldBe) {
  Rerun r = outgrown();
  r.now.fleet->team = {{"python", 2}, {"java", 1}};
  EXPECT_EQ(r.criterion("go", "consolidation").why,
            "go would be the team's third runtime; 4 of 9 other services of the fleet run in it");
}

TEST(AssessmentTest, TheOnlyServiceInItsLanguageAddsNoRuntime) {
  Rerun r = outgrown();
  r.now.fleet->team = {{"java", 1}};
  EXPECT_EQ(r.criterion("python", "consolidation").why,
            "no other service of the team runs in python; 5 of 9 other services of the fleet run "
            "in it");
}

// Whoever disagrees finds the number.
TEST(AssessmentTest, EveryNumberBehindAScoreIsAmongTheInputs) {
  const Rerun r = outgrown();
  const auto input = [&](const char* criterion, const std::string& name, bool then = false) {
    const Criterion c = r.criterion("go", criterion);
    for (const InputValue& v : then ? c.then : c.now) {
      if (v.name == name) return v.value->value;
    }
    return -1.0;
  };
  EXPECT_EQ(input("workload", "suits(go)"), 0.95);
  EXPECT_EQ(input("envelope/latency_p99", "footprint_latency(go)"), 0.3);
  EXPECT_EQ(input("envelope/latency_p99", "footprint_latency(python)"), 1);
  EXPECT_EQ(input("envelope/rps", "footprint_cpu(go)"), 0.2);
  EXPECT_EQ(input("footprint", "footprint_memory(go)"), 0.35);
  EXPECT_EQ(input("consolidation", "fleet_services"), 9);
  EXPECT_EQ(input("hiring", "fleet_services(go)", true), 4);
}

TEST(AssessmentTest, SomebodyWhoIsAboutToLeaveCountsHalf) {
  Rerun r = outgrown();
  const double before = *r.criterion("go", "fluency").score;
  r.now.people->staying["go"] = 1;
  EXPECT_LT(*r.criterion("go", "fluency").score, before);
  EXPECT_EQ(r.criterion("go", "fluency").why,
            "2 people of 4 on the team know go cold, 2 people have shipped it; 1 person of them "
            "leaves within 90 days");
}

TEST(AssessmentTest, OneMoreWhoWillLeaveIsNotOneTooMany) {
  Rerun r = outgrown();
  r.team(4, "python", 4, 4);
  const double before = *r.criterion("python", "fluency").score;
  r.team(5, "python", 5, 5);
  r.now.people->staying["python"] = 4;
  EXPECT_DOUBLE_EQ(*r.criterion("python", "fluency").score, before);
}

TEST(AssessmentTest, NothingMeasuredIsTheLeastThereIs) {
  Rerun r = outgrown();
  r.now.signals.erase("memory");
  r.measured("containers_per_node", "10").measured("cost", "0");
  r.measure("containers_per_node", "5").measure("cost", "0");
  const double little = *r.criterion("python", "footprint").score;
  EXPECT_LE(*r.measure("containers_per_node", "0").criterion("python", "footprint").score, little);
  EXPECT_LT(*r.measure("cost", "0.001").criterion("python", "footprint").score, little);
}

TEST(AssessmentTest, AServiceThatDoesNotExistYetIsJudgedByTheSameModel) {
  Rerun r = outgrown();
  r.candidate.chosen.clear();
  r.candidate.alternatives = {"python", "go"};
  r.now.signals.clear();
  const Assessment a = rules::assess(r.candidate, std::nullopt, r.now, r.catalogue);
  EXPECT_EQ(a.leans, "go");
  EXPECT_EQ(a.languages.size(), 2u);
}

TEST(AssessmentTest, InputsSurviveTheStore) {
  Rerun r = outgrown();
  for (int i = 0; i < 2; ++i) {
    const std::string text = to_json(r.now).dump();
    JsonReader json(text);
    EXPECT_EQ(read_decision_inputs(json), r.now);
    r.now.people->shipped.reset();
  }
}

TEST(AssessmentTest, JsonHasTheAgreedKeys) {
  const auto json = to_json(outgrown().assess());
  EXPECT_EQ(json.at("result"), "leans");
  EXPECT_EQ(json.at("leans"), "go");
  const auto& criterion = json.at("languages").at("python").at("criteria").at(1);
  EXPECT_EQ(criterion.at("name"), "envelope/latency_p99");
  EXPECT_EQ(criterion.at("now").at("latency_p99").at("value"), 0.16);
  EXPECT_EQ(criterion.at("then").at("latency_p99").at("source"), "record");
}

// Properties over random decisions.

// Everything that may be missing is missing now and then, and what may be nothing at all is.
Rerun random_rerun(std::mt19937& random) {
  Rerun r;
  const auto pick = [&](int most) {
    return static_cast<int>(random() % static_cast<unsigned>(most + 1));
  };
  const auto value = [&](double most) {
    return pick(7) == 0 ? 0.0 : std::uniform_real_distribution<double>(0.01, most)(random);
  };
  r.candidate.workload = workloads()[random() % workloads().size()];
  if (pick(4) == 0) r.candidate.alternatives.emplace_back("java");
  if (pick(9) == 0) r.catalogue.languages.erase(pick(1) == 0 ? "python" : "go");
  std::map<std::string, Quantity> usual = r.candidate.envelope;
  usual.insert({{"containers_per_node", {20, Unit::number}}, {"cost", {100, Unit::number}}});
  if (pick(3) == 0) r.candidate.envelope.insert(usual.begin(), usual.end());
  for (const auto& [signal, budget] : usual) {
    if (pick(4) != 0)
      r.now.signals[signal] = {{budget.value * value(4), budget.unit}, "test", r.now.at};
    if (pick(4) != 0)
      r.then.signals[signal] = {{budget.value * value(2), budget.unit}, "test", r.then.at};
  }
  if (pick(4) == 0) r.now.language = pick(1) == 0 ? "go" : "ruby";
  if (pick(9) == 0) return r;
  const int members = 1 + pick(6);
  for (const char* language : {"python", "go"}) {
    const int shipped = pick(members), fluent = pick(shipped);
    r.team(members, language, fluent, shipped);
    r.now.people->staying[language] = pick(fluent);
    if (pick(9) != 0) r.runs(language, pick(2), pick(8));
  }
  if (pick(4) == 0) r.now.people->shipped.reset();
  if (pick(4) == 0) r.then.people.reset();
  return r;
}

TEST(AssessmentPropertyTest, WorseMeasurementsNeverRaiseTheChosenLanguagesScore) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    Rerun r = random_rerun(random);
    const double before = r.score("python");
    for (auto& [signal, measured] : r.now.signals) {
      double& value = measured.quantity.value;
      const bool more = more_is_better(signal);
      if (random() % 8 == 0) {
        value = more ? 0 : value + 1e6;
      } else {
        const double factor = 1 + static_cast<double>(random() % 100) / 50.0;
        value = more ? value / factor : value * factor + (random() % 2 == 0 ? 0.001 : 0);
      }
    }
    ASSERT_LE(r.score("python"), before + 1e-12) << i << "\n" << to_json(r.now);
  }
}

TEST(AssessmentPropertyTest, MoreFluentPeopleNeverLowerALanguagesScore) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    Rerun r = random_rerun(random);
    if (!r.now.people) continue;
    const double before = r.score("python");
    PeopleInputs& people = *r.now.people;
    if (random() % 2 == 0) ++people.members;  // somebody new, or a member who learns
    const int fluent = people.fluent["python"] + 1;
    if (fluent > people.members) continue;
    people.fluent["python"] = fluent;
    if (random() % 2 == 0) ++people.staying["python"];
    if (people.shipped) (*people.shipped)["python"] = std::max((*people.shipped)["python"], fluent);
    people.around["python"] = std::max(people.around["python"], fluent);
    people.knows["python"] = std::max(people.knows["python"], fluent);
    ASSERT_GE(r.score("python"), before - 1e-12) << i << "\n" << to_json(r.now);
  }
}

TEST(AssessmentPropertyTest, NoScoreBuysTheGate) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    Rerun r = random_rerun(random);
    const bool chosen = random() % 2 == 0;
    const std::string barred = chosen ? "python" : "go", known = chosen ? "go" : "python";
    r.team(4, barred, 0, 0).team(4, known, 2, 2);
    for (auto& [workload, fit] : r.catalogue.languages[barred].suits) fit = 1;
    for (auto& [workload, fit] : r.catalogue.languages[known].suits) fit = 0;
    const Assessment a = r.assess();
    EXPECT_NE(a.leans, barred) << i;
    EXPECT_FALSE(chosen && a.result != AssessmentResult::leans) << i;
  }
}

TEST(AssessmentPropertyTest, ScoresStayBetweenZeroAndOneAndAreDeterministic) {
  std::mt19937 random(4);
  for (int i = 0; i < 200; ++i) {
    const Rerun r = random_rerun(random);
    const Assessment a = r.assess();
    EXPECT_EQ(to_json(a), to_json(r.assess()));
    for (const LanguageScore& l : a.languages) {
      EXPECT_GE(l.score, 0);
      EXPECT_LE(l.score, 1);
    }
    EXPECT_GE(a.confidence, 0);
    EXPECT_LE(a.confidence, 1);
    if (a.margin) EXPECT_GE(*a.margin, 0);
  }
}

}  // namespace
}  // namespace revisitd::rules
