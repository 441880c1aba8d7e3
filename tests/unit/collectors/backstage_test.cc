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
  BackstageFiles files(folder / "**/catalog-info.yaml", {});
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

TEST(BackstageFilesTest, APatternThatNamesNothingIsAnError) {
  TempFolder folder;
  BackstageFiles files(folder / "*.yaml", {});
  const RosterLook look = files.look(kLater);
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_EQ(look.roster, nullptr);
}

}  // namespace
}  // namespace revisitd::collectors
