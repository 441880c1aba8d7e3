#include "collectors/relabel.h"

#include <openssl/evp.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace revisitd::collectors {
namespace {

constexpr std::array kActions = {
    RelabelAction::replace,   RelabelAction::keep,      RelabelAction::drop,
    RelabelAction::keepequal, RelabelAction::dropequal, RelabelAction::hashmod,
    RelabelAction::labelmap,  RelabelAction::labeldrop, RelabelAction::labelkeep,
    RelabelAction::lowercase, RelabelAction::uppercase};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string to_case(std::string text, char from, char to, int shift) {
  for (char& c : text) {
    if (c >= from && c <= to) c = static_cast<char>(c + shift);
  }
  return text;
}
std::string lower(std::string text) { return to_case(std::move(text), 'A', 'Z', 'a' - 'A'); }
std::string upper(std::string text) { return to_case(std::move(text), 'a', 'z', 'A' - 'a'); }

std::string_view value_of(const LabelSet& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

void set(LabelSet& labels, const std::string& name, std::string value) {
  if (value.empty()) {
    labels.erase(name);
  } else {
    labels.insert_or_assign(name, std::move(value));
  }
}

// The value modulo of the last eight bytes of its MD5, most significant first.
std::uint64_t hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::uint64_t hash = 0;
  for (unsigned int i = size - 8; i < size; ++i) hash = hash << 8 | digest[i];
  return hash;
}

// A "$name", "${name}" or "$1" at the front of `text`, after the dollar; "" and nothing taken when
// there is none. Without braces the longest run of word characters is the name.
std::string_view take_reference(std::string_view& text) {
  const bool braced = text.starts_with('{');
  std::string_view rest = text.substr(braced ? 1 : 0);
  std::size_t length = 0;
  while (length < rest.size() && (is_letter(rest[length]) || is_digit(rest[length]))) ++length;
  const bool closed = !braced || (length < rest.size() && rest[length] == '}');
  if (length == 0 || !closed) return {};
  text.remove_prefix(length + (braced ? 2 : 0));
  return rest.substr(0, length);
}

}  // namespace

struct RelabelRule::Body {
  RelabelSpec spec;
  std::unique_ptr<RE2> regex;

  // The groups of a whole match; nothing when the text does not match.
  [[nodiscard]] std::optional<std::vector<re2::StringPiece>> match(const std::string& text) const {
    std::vector<re2::StringPiece> groups(
        static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1);
    if (!regex->Match(text, 0, text.size(), RE2::ANCHOR_BOTH, groups.data(),
                      static_cast<int>(groups.size()))) {
      return std::nullopt;
    }
    return groups;
  }

  [[nodiscard]] std::string expand(std::string_view text,
                                   const std::vector<re2::StringPiece>& groups) const {
    std::string out;
    while (!text.empty()) {
      const std::size_t dollar = text.find('$');
      out += text.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      text.remove_prefix(dollar + 1);
      if (text.starts_with('$')) {
        out += '$';
        text.remove_prefix(1);
        continue;
      }
      const std::string_view name = take_reference(text);
      if (name.empty()) {
        out += '$';
      } else if (const auto group = group_of(name); group && *group < groups.size()) {
        out.append(groups[*group].data(), groups[*group].size());
      }
    }
    return out;
  }

  [[nodiscard]] std::optional<std::size_t> group_of(std::string_view name) const {
    if (std::all_of(name.begin(), name.end(), is_digit)) {
      if (name.size() > 4) return std::nullopt;
      return static_cast<std::size_t>(std::stoul(std::string(name)));
    }
    const auto named = regex->NamedCapturingGroups().find(std::string(name));
    if (named == regex->NamedCapturingGroups().end()) return std::nullopt;
    return static_cast<std::size_t>(named->second);
  }

  [[nodiscard]] std::string source(const LabelSet& labels) const {
    std::string joined;
    for (std::size_t i = 0; i < spec.source_labels.size(); ++i) {
      if (i > 0) joined += spec.separator;
      joined += value_of(labels, spec.source_labels[i]);
    }
    return joined;
  }

  void replace(LabelSet& labels, const std::string& value) const {
    const auto groups = match(value);
    if (!groups) return;
    const std::string target = expand(*spec.target_label, *groups);
    if (!is_label_name(target)) return;
    set(labels, target, expand(spec.replacement, *groups));
  }

  void map_labels(LabelSet& labels) const {
    LabelSet mapped;
    for (const auto& [name, value] : labels) {
      const auto groups = match(name);
      if (groups) mapped.insert_or_assign(expand(spec.replacement, *groups), value);
    }
    for (auto& [name, value] : mapped) {
      if (!name.empty()) labels.insert_or_assign(name, std::move(value));
    }
  }
};

std::string_view relabel_action_name(RelabelAction action) {
  switch (action) {
    case RelabelAction::replace:
      return "replace";
    case RelabelAction::keep:
      return "keep";
    case RelabelAction::drop:
      return "drop";
    case RelabelAction::keepequal:
      return "keepequal";
    case RelabelAction::dropequal:
      return "dropequal";
    case RelabelAction::hashmod:
      return "hashmod";
    case RelabelAction::labelmap:
      return "labelmap";
    case RelabelAction::labeldrop:
      return "labeldrop";
    case RelabelAction::labelkeep:
      return "labelkeep";
    case RelabelAction::lowercase:
      return "lowercase";
    case RelabelAction::uppercase:
      return "uppercase";
  }
  return "";
}

std::optional<RelabelAction> parse_relabel_action(std::string_view name) {
  const std::string wanted = lower(std::string(name));
  for (const RelabelAction action : kActions) {
    if (relabel_action_name(action) == wanted) return action;
  }
  return std::nullopt;
}

bool is_label_name(std::string_view name) {
  if (name.empty() || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

Result<RelabelRule> RelabelRule::make(RelabelSpec spec) {
  const std::string name(relabel_action_name(spec.action));
  auto body = std::make_shared<Body>();
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  // As in Prometheus a point matches line ends, too, and the whole value must match.
  body->regex = std::make_unique<RE2>("(?s:" + spec.regex + ")", options);
  if (!body->regex->ok()) {
    return Error{"`regex` is no regular expression: " + body->regex->error()};
  }
  for (const std::string& label : spec.source_labels) {
    if (!is_label_name(label)) return Error{"`source_labels`: \"" + label + "\" is no label name"};
  }
  switch (spec.action) {
    case RelabelAction::replace:
      if (!spec.target_label) return Error{"`target_label` is required for " + name};
      break;
    case RelabelAction::hashmod:
      if (spec.modulus == 0) return Error{"`modulus` is required for hashmod"};
      [[fallthrough]];
    case RelabelAction::keepequal:
    case RelabelAction::dropequal:
    case RelabelAction::lowercase:
    case RelabelAction::uppercase:
      if (!spec.target_label || !is_label_name(*spec.target_label)) {
        return Error{"`target_label` with a label name is required for " + name};
      }
      break;
    case RelabelAction::keep:
    case RelabelAction::drop:
    case RelabelAction::labelmap:
      break;
    case RelabelAction::labeldrop:
    case RelabelAction::labelkeep:
      if (!spec.source_labels.empty() || spec.target_label || spec.modulus != 0 ||
          spec.separator != ";" || spec.replacement != "$1") {
        return Error{name + " takes `regex` and nothing else"};
      }
      break;
  }
  body->spec = std::move(spec);
  return RelabelRule(std::move(body));
}

const RelabelSpec& RelabelRule::spec() const { return body_->spec; }

bool RelabelRule::apply(LabelSet& labels) const {
  const RelabelSpec& spec = body_->spec;
  const std::string value = body_->source(labels);
  switch (spec.action) {
    case RelabelAction::drop:
      return !body_->match(value);
    case RelabelAction::keep:
      return body_->match(value).has_value();
    case RelabelAction::dropequal:
      return value_of(labels, *spec.target_label) != value;
    case RelabelAction::keepequal:
      return value_of(labels, *spec.target_label) == value;
    case RelabelAction::replace:
      body_->replace(labels, value);
      return true;
    case RelabelAction::lowercase:
      set(labels, *spec.target_label, lower(value));
      return true;
    case RelabelAction::uppercase:
      set(labels, *spec.target_label, upper(value));
      return true;
    case RelabelAction::hashmod:
      set(labels, *spec.target_label, std::to_string(hash_of(value) % spec.modulus));
      return true;
    case RelabelAction::labelmap:
      body_->map_labels(labels);
      return true;
    case RelabelAction::labeldrop:
      std::erase_if(labels, [&](const auto& l) { return body_->match(l.first).has_value(); });
      return true;
    case RelabelAction::labelkeep:
      std::erase_if(labels, [&](const auto& l) { return !body_->match(l.first); });
      return true;
  }
  return true;
}

std::optional<LabelSet> relabel(LabelSet labels, const std::vector<RelabelRule>& rules) {
  for (const RelabelRule& rule : rules) {
    if (!rule.apply(labels)) return std::nullopt;
  }
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return labels;
}

}  // namespace revisitd::collectors
