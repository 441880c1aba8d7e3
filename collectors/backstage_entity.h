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
  std::vector<std::string> member_of;                       // of a User: group references
  std::vector<std::string> members;                         // of a Group: user references
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
// Labels may say the same; their values take no `=`, so there `python.fluent_go.shipped` is read.
inline constexpr std::string_view kBackstageRemarks = "revisitd.io/";

// Users, Groups and Components of a file of one or more documents; other kinds are passed over. A
// file that is a template (below a `skeleton` directory, or with `${{ }}` or `{{ }}` where it
// cannot be read) is skipped with a warning.
std::vector<BackstageEntity> read_backstage_file(std::string_view text, const std::string& file,
                                                 std::vector<Diagnostic>& diagnostics);

struct BackstageCatalogue {
  rules::Roster roster;
  std::vector<CataloguedService> services;  // Components of type service, sorted
};

// A group with members is a team, by its name; in another namespace than `default`, by
// NAMESPACE.NAME. Members are the users that either side names. Users of no group are put on no
// team. A reference to a user that the catalogue does not hold is a member by its name alone, as
// catalogues of components often leave users out.
BackstageCatalogue make_catalogue(const std::vector<BackstageEntity>& entities,
                                  std::vector<Diagnostic>& diagnostics);

}  // namespace revisitd::collectors
