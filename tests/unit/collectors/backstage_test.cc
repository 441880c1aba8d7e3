#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/backstage_entity.h"
#include "collectors/backstage_files.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

using rules::Fluency;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const char* const kOrganisation = R"(apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: payments
spec:
  type: team
  children: []
  members: [ana, user:default/ben]
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata:
  name: ana
  annotations:
    revisitd.io/languages: 'python=fluent, go=shipped'
    revisitd.io/until: '2026-12-31'
spec:
  profile: {displayName: Ana, email: Ana@a.example}
  memberOf: [payments]
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata:
  name: cleo
  namespace: guests
  labels: {revisitd.io/languages: go.fluent}
spec:
  memberOf: ['group:default/payments', helpers]
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: helpers, namespace: guests}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: checkout}
spec: {type: service, lifecycle: production, owner: group:payments}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: design}
spec: {type: library, lifecycle: production, owner: payments}
)";

BackstageCatalogue catalogue(const std::string& text, std::vector<Diagnostic>& diagnostics) {
  return make_catalogue(read_backstage_file(text, "catalog-info.yaml", diagnostics), diagnostics);
}

std::vector<std::string> names(const rules::Team& team) {
  std::vector<std::string> names;
  for (const rules::Member& member : team.members) names.push_back(member.name);
  return names;
}

TEST(BackstageTest, BothSidesSayWhoIsOnATeam) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(kOrganisation, diagnostics);
  EXPECT_THAT(diagnostics, SizeIs(0));
  const rules::Team& payments = read.roster.teams.at("payments");
  EXPECT_THAT(names(payments), UnorderedElementsAre("ana", "ben", "cleo"));
  const rules::Member& ana = payments.members[0];
  EXPECT_EQ(ana.languages.at("python"), Fluency::fluent);
  EXPECT_EQ(ana.languages.at("go"), Fluency::shipped);
  EXPECT_EQ(ana.until, *parse_time("2026-12-31"));
  EXPECT_THAT(ana.emails, ElementsAre("ana@a.example"));
  EXPECT_THAT(names(read.roster.teams.at("guests.helpers")), ElementsAre("cleo"));
  EXPECT_EQ(read.roster.fluent("payments", "go", kLater), 1) << "labels may say it, too";
}

TEST(BackstageTest, ServicesAreComponentsOfThatType) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(kOrganisation, diagnostics);
  EXPECT_THAT(read.services, ElementsAre(CataloguedService{"checkout", "payments"}));
}

TEST(BackstageTest, AnOwnerIsTheTeamHoweverItsReferenceIsWritten) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: ledger}\n"
      "spec: {type: service, owner: 'group:DEFAULT/platform'}\n---\n"
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: Platform}\n"
      "spec: {members: [ana]}\n",
      diagnostics);
  EXPECT_THAT(read.services, ElementsAre(CataloguedService{"ledger", "Platform"}));
  EXPECT_TRUE(read.roster.teams.contains("Platform"));
}

// One document each, in flow style.
std::string component(const std::string& metadata, const std::string& owner,
                      const std::string& type = "service") {
  return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {" + metadata +
         "}\nspec: {type: " + type + ", owner: '" + owner + "'}\n---\n";
}
std::string group(const std::string& metadata, const std::string& members) {
  return "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {" + metadata +
         "}\nspec: {members: [" + members + "]}\n---\n";
}

TEST(BackstageTest, ServicesOfOtherNamespacesKeepThem) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read =
      catalogue(component("name: checkout", "payments") +
                    component("name: checkout, namespace: eu", "payments") +
                    component("name: vat, namespace: eu", "default/payments") +
                    component("name: fees, namespace: Default", "payments") +
                    group("name: payments", "ana") + group("name: payments, namespace: eu", "bo"),
                diagnostics);
  EXPECT_THAT(diagnostics, SizeIs(0));
  EXPECT_THAT(read.services, ElementsAre(CataloguedService{"checkout", "payments"},
                                         CataloguedService{"eu.checkout", "eu.payments"},
                                         CataloguedService{"eu.vat", "payments"},
                                         CataloguedService{"fees", "payments"}));
}

TEST(BackstageTest, AComponentMaySayWhichServiceItIs) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(
      component("name: pay, namespace: eu, annotations: {revisitd.io/service: payments-eu}", "a") +
          component("name: pay, annotations: {revisitd.io/service: a/b}", "a") +
          component("name: other, annotations: {revisitd.io/service: pay}", "b"),
      diagnostics);
  EXPECT_THAT(read.services,
              ElementsAre(CataloguedService{"pay", "a"}, CataloguedService{"payments-eu", "eu.a"}));
  ASSERT_THAT(diagnostics, SizeIs(2));
  EXPECT_THAT(diagnostics[0].message, HasSubstr("`revisitd.io/service`: expected a name"));
  EXPECT_THAT(diagnostics[1].message, HasSubstr("another component is the service \"pay\", too"));
}

TEST(BackstageTest, TheTypeIsAServiceHoweverItIsWritten) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(
      component("name: a", "x", "Service") + component("name: b", "x", "SERVICES"), diagnostics);
  EXPECT_THAT(read.services, ElementsAre(CataloguedService{"a", "x"}));
}

TEST(BackstageTest, AUserWhoOwnsAServiceIsNoTeam) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read =
      catalogue(component("name: one", "user:default/ana") + component("name: two", "USER:ben") +
                    component("name: none", "user:zoe") + component("name: odd", "system:x") +
                    group("name: Payments", "ana, ben") + group("name: platform", "ben"),
                diagnostics);
  EXPECT_THAT(read.services,
              ElementsAre(CataloguedService{"none", ""}, CataloguedService{"odd", ""},
                          CataloguedService{"one", "Payments"}, CataloguedService{"two", ""}));
  ASSERT_THAT(diagnostics, SizeIs(3));
  EXPECT_EQ(
      format_location(diagnostics[0]),
      "catalog-info.yaml:8:18: warning: its owner is a user on 2 teams: none is taken for it");
  EXPECT_THAT(diagnostics[1].message, HasSubstr("a user of no team"));
  EXPECT_THAT(diagnostics[2].message, HasSubstr("neither a group nor a user"));
}

TEST(BackstageTest, AGroupThatTheCatalogueDoesNotHoldIsNoTeam) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(
      "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: x}\n"
      "spec: {memberOf: [gone, 'group:default/gone', a]}\n---\n"
      "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: y}\n"
      "spec: {memberOf: [gone]}\n---\n" +
          group("name: a", ""),
      diagnostics);
  EXPECT_THAT(names(read.roster.teams.at("a")), ElementsAre("x"));
  EXPECT_THAT(read.roster.teams, SizeIs(1));
  ASSERT_THAT(read.roster.elsewhere, SizeIs(1));
  EXPECT_EQ(read.roster.elsewhere[0].name, "y");
  ASSERT_THAT(diagnostics, SizeIs(2));
  EXPECT_EQ(format_location(diagnostics[0]),
            "catalog-info.yaml:3:18: warning: the group \"gone\" of `memberOf` is not in the "
            "catalogue, so it is no team");
}

TEST(BackstageTest, RemarksDoNotFloodTheLog) {
  std::vector<Diagnostic> diagnostics;
  std::string text;
  for (int i = 0; i < 120; ++i) text += component("name: c" + std::to_string(i), "user:zoe");
  EXPECT_THAT(catalogue(text, diagnostics).services, SizeIs(120));
  ASSERT_THAT(diagnostics, SizeIs(101));
  EXPECT_EQ(diagnostics.back().message, "20 more such remarks");
}

TEST(BackstageTest, WhatTheApiAnswersIsReadFromAFile) {
  const std::string user =
      R"({"apiVersion":"backstage.io/v1alpha1","kind":"User","metadata":{"name":"ana","title":"\ud83d\ude00"},)"
      R"("spec":{"memberOf":[]},"relations":[{"type":"memberOf","targetRef":"group:default/a"}]})";
  const std::string team =
      R"({"apiVersion": "backstage.io/v1beta1","kind":"Group","metadata":{"name":"a"},"spec":{}})";
  for (const std::string& text : {"[" + user + "," + team + "]\n",
                                  R"({"items":[)" + user + "," + team + R"(],"pageInfo":{}})",
                                  user + "\n---\n" + team + "\n"}) {
    std::vector<Diagnostic> diagnostics;
    EXPECT_TRUE(is_backstage_text(text));
    const BackstageCatalogue read =
        make_catalogue(read_backstage_file(text, "all.json", diagnostics), diagnostics);
    EXPECT_THAT(diagnostics, SizeIs(0)) << text;
    ASSERT_THAT(read.roster.teams, SizeIs(1)) << text;
    EXPECT_THAT(names(read.roster.teams.at("a")), ElementsAre("ana"));
  }
  EXPECT_TRUE(is_backstage_text(kOrganisation));
  EXPECT_FALSE(is_backstage_text("teams: {apiVersion: {members: [{name: backstage.io/}]}}\n"));
}

TEST(BackstageTest, AUserOfNoGroupIsOnNoTeam) {
  std::vector<Diagnostic> diagnostics;
  const BackstageCatalogue read = catalogue(
      "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: x}\nspec: {memberOf: []}\n",
      diagnostics);
  EXPECT_TRUE(read.roster.teams.empty());
  EXPECT_THAT(read.roster.elsewhere, SizeIs(1));
}

TEST(BackstageTest, TemplatesAreSkippedAndReported) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_THAT(read_backstage_file("kind: ${{ values.kind }}\n  x: {{ y }}\n", "a/catalog-info.yaml",
                                  diagnostics),
              SizeIs(0));
  EXPECT_THAT(read_backstage_file(kOrganisation, "t/skeleton/catalog-info.yaml", diagnostics),
              SizeIs(0));
  EXPECT_THAT(read_backstage_file("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
                                  "  name: ${{ values.name }}\n",
                                  "b/catalog-info.yaml", diagnostics),
              SizeIs(0));
  ASSERT_THAT(diagnostics, SizeIs(3));
  for (const Diagnostic& d : diagnostics) {
    EXPECT_THAT(d.message, HasSubstr("template"));
    EXPECT_EQ(d.severity, Severity::warning);
  }
  EXPECT_EQ(format_location(diagnostics[2]),
            "b/catalog-info.yaml:4:9: warning: the Component is a template and was skipped");
}

TEST(BackstageTest, WhatCannotBeReadHasItsPlace) {
  std::vector<Diagnostic> diagnostics;
  (void)read_backstage_file("kind: [\n", "a.yaml", diagnostics);
  ASSERT_THAT(diagnostics, SizeIs(1));
  EXPECT_THAT(format_location(diagnostics[0]), HasSubstr("a.yaml:"));
  EXPECT_EQ(diagnostics[0].severity, Severity::error);
  diagnostics.clear();
  (void)catalogue(
      "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: x\n  annotations:\n"
      "    revisitd.io/languages: python=fluid\n    revisitd.io/since: soon\nspec: {}\n",
      diagnostics);
  ASSERT_THAT(diagnostics, SizeIs(2));
  EXPECT_THAT(diagnostics[0].message, HasSubstr("expected entries such as `python=fluent`"));
  EXPECT_EQ(diagnostics[0].place, (Place{4, 9}));
  EXPECT_THAT(diagnostics[1].message, HasSubstr("`revisitd.io/since`: expected a day"));
}

TEST(BackstageTest, OtherYamlIsPassedOver) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_THAT(read_backstage_file("kind: User\nname: x\n---\n- a\n---\n", "a.yaml", diagnostics),
              SizeIs(0));
  EXPECT_THAT(diagnostics, SizeIs(0));
}

TEST(BackstageFilesTest, ManyFilesAreOneCatalogueAndOneBadFileKeepsTheLastGood) {
  TempFolder folder;
  folder.write("a/catalog-info.yaml",
               "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\n"
               "spec: {members: [ana]}\n");
  folder.write("b/catalog-info.yaml",
               "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ana, annotations: "
               "{revisitd.io/languages: go=fluent}}\nspec: {memberOf: []}\n");
  folder.write("c/skeleton/catalog-info.yaml", "name: ${{ values.name }}\n");
  BackstageFiles files({folder / "**/catalog-info.yaml"}, {});
  RosterLook look = files.look(kLater);
  ASSERT_EQ(look.state, RosterSourceState::good);
  EXPECT_EQ(look.roster->fluent("payments", "go", kLater), 1);
  ASSERT_THAT(look.diagnostics, SizeIs(1)) << "the template";
  EXPECT_FALSE(files.look(kLater + std::chrono::seconds(5)).changed);

  folder.write("b/catalog-info.yaml", "kind: [\n");
  look = files.look(kLater + std::chrono::seconds(9));
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_EQ(look.roster->fluent("payments", "go", kLater), 1);
  EXPECT_EQ(look.roster->read_at, kLater + std::chrono::seconds(5));
}

TEST(BackstageFilesTest, SeveralPatternsAreOneCatalogue) {
  TempFolder folder;
  const std::string groups = folder.write("groups.yaml", group("name: Payments", ""));
  const std::string users =
      folder.write("users.yaml",
                   "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ana}\n"
                   "spec: {memberOf: [payments]}\n");
  BackstageFiles files({groups, users}, {});
  const RosterLook look = files.look(kLater);
  ASSERT_EQ(look.state, RosterSourceState::good);
  EXPECT_THAT(look.diagnostics, SizeIs(0));
  EXPECT_EQ(look.roster->members("Payments", kLater), 1);
  EXPECT_EQ(files.name(), groups + ", " + users);
  BackstageFiles missing({groups, folder / "none.yaml"}, {});
  EXPECT_EQ(missing.look(kLater).state, RosterSourceState::bad);
}

TEST(BackstageFilesTest, APatternThatNamesNothingIsAnError) {
  TempFolder folder;
  BackstageFiles files({folder / "*.yaml"}, {});
  const RosterLook look = files.look(kLater);
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_EQ(look.roster, nullptr);
}

}  // namespace
}  // namespace revisitd::collectors
