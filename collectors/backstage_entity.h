#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/roster_source.h"
#include "rules/findings.h"

// Entities of a Backstage catalogue, from catalog-info.yaml files or its API, and what they say of
// people, teams and services.
namespace revisitd::collectors {

// What is read of an entity; everything else in it is its owner's.
struct BackstageEntity {
  std::string kind;                                         // "User", "Group", "Component"
  std::string name;                                         // metadata.name
  std::string space = "default";                            // metadata.namespace
  std::string email;                                        // spec.profile.email
  std::string owner;                                        // spec.owner
  std::string type;                                         // spec.type
  std::vector<std::string> member_of;                       // of a User: groups, with relations
  std::vector<std::string> members;                         // of a Group: users, with relations
  std::map<std::string, std::string, std::less<>> remarks;  // annotations and labels of ours
  std::string file;
  Place place;  // of its name; {0, 0} from the API
};

// The annotations (a User's) that say what the catalogue has no field for:
//
//   revisitd.io/languages: 'python=fluent,go=shipped'
//   revisitd.io/since, revisitd.io/until: '2026-12-31'
//   revisitd.io/emails: 'ana@a.example ana@b.example'      beside spec.profile.email
//
// and a Component's, where decisions and metrics call it otherwise:
//
//   revisitd.io/service: checkout
//
// Labels may say the same; their values take no `=`, so there `python.fluent_go.shipped` is read.
inline constexpr std::string_view kBackstageRemarks = "revisitd.io/";

// Users, Groups and Components of a file, YAML or JSON, of one or more documents, each an entity,
// or the API's answer: a list of them, or one under `items`. Other kinds are passed over. A file
// that is a template (below a `skeleton` directory, or with `${{ }}` or `{{ }}` where it cannot be
// read) is skipped with a warning.
std::vector<BackstageEntity> read_backstage_file(std::string_view text, const std::string& file,
                                                 std::vector<Diagnostic>& diagnostics);

// Whether a text speaks of entities of a catalogue at all.
bool is_backstage_text(std::string_view text);

struct BackstageCatalogue {
  rules::Roster roster;
  std::vector<CataloguedService> services;  // Components of type service, sorted
};

// Groups and components go by their names; in another namespace than `default`, by NAMESPACE.NAME.
// A group with members is a team. Its members are the users that either side names; those of groups
// below it are not. Users of no group, or only of groups that the catalogue does not hold, are put
// on no team. A reference to a user that the catalogue does not hold is a member by its name alone,
// as catalogues of components often leave users out. A service that a user owns is that of the
// user's only team. What is amiss with an entity is told as a warning that names it.
BackstageCatalogue make_catalogue(const std::vector<BackstageEntity>& entities,
                                  std::vector<Diagnostic>& diagnostics);

}  // namespace revisitd::collectors
