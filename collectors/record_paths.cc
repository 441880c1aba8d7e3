#include "collectors/record_paths.h"

#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>

#include "rules/record.h"

namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 20'000;
constexpr int kMostLevels = 16;

// The directory that stands before the first component with a glob's signs.
std::string fixed_directory(const std::string& pattern) {
  const std::size_t sign = pattern.find_first_of("*?[");
  const std::size_t slash = pattern.rfind('/', sign);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : pattern.substr(0, slash);
}

struct Entry {
  const char* name;
  bool is_directory, is_link;  // a link to a directory is both
};

// Calls `visit(entry)` for everything in the directory but itself and its parent; what went wrong,
// if anything did. Rather than by std::filesystem, which makes a path of several parts of each:
// records of a fleet are listed all the time.
template <class Visit>
std::error_code each_entry(const std::string& directory, const Visit& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(directory.c_str()), ::closedir);
  if (opened == nullptr) return {errno, std::generic_category()};
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(opened.get());
    if (entry == nullptr) return {errno, std::generic_category()};
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    Entry found{entry->d_name, entry->d_type == DT_DIR, entry->d_type == DT_LNK};
    if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) {
      const fs::path path = fs::path(directory) / name;
      std::error_code ignored;
      found.is_directory = fs::is_directory(path, ignored);
      found.is_link = fs::is_symlink(path, ignored);
    }
    visit(found);
  }
}

// Of what stands in a directory, as directory_iterator names it.
std::string joined(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

class Lister {
 public:
  void add(const std::string& pattern) {
    const std::size_t stars = pattern.find("**/");
    if (stars != std::string::npos) {
      const std::string base = stars == 0 ? "." : fixed_directory(pattern.substr(0, stars + 1));
      return add_tree(base, pattern.substr(stars + 3));
    }
    std::error_code error;
    if (fs::is_directory(pattern, error)) {
      return add_tree(pattern.size() > 1 && pattern.ends_with('/')
                          ? pattern.substr(0, pattern.size() - 1)
                          : pattern,
                      "");
    }
    if (pattern.ends_with('/'))
      return unlisted(pattern.substr(0, pattern.size() - 1), "is no directory");
    add_glob(pattern);
  }

  RecordPaths take() {
    paths_.files.assign(files_.begin(), files_.end());
    paths_.directories.assign(directories_.begin(), directories_.end());
    return std::move(paths_);
  }

 private:
  void unlisted(const std::string& directory, const std::string& why) {
    paths_.unlisted.emplace_back(directory, why);
  }

  void add_file(const std::string& path) {
    if (files_.size() < kMostFiles) {
      files_.insert(path);
    } else if (!files_.contains(path) && !full_) {
      full_ = true;
      unlisted(fs::path(path).parent_path().string(),
               "there are more than " + std::to_string(kMostFiles) + " records");
    }
  }

  // One listing where only the last component has signs, for it says what its entries are.
  void add_glob(const std::string& pattern) {
    const std::size_t slash = pattern.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    const std::size_t sign = pattern.find_first_of("*?[\\");
    if (sign != std::string::npos && sign >= name) {
      return add_matching(pattern.substr(0, name), pattern.substr(name));
    }
    const std::string directory = fixed_directory(pattern);
    directories_.insert(directory);
    paths_.all_directories &= sign == std::string::npos;
    std::error_code error;
    if (fs::directory_iterator(directory, error); error) unlisted(directory, error.message());
    glob_t found{};
    const std::unique_ptr<glob_t, void (*)(glob_t*)> free_found(&found, globfree);
    if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return;
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      const fs::path path = found.gl_pathv[i];
      add_found(path, fs::is_directory(path, error));
    }
  }

  // `prefix` ends with a slash or is empty.
  void add_matching(const std::string& prefix, const std::string& name) {
    const std::string directory = fixed_directory(prefix + name);
    directories_.insert(directory);
    const std::error_code error = each_entry(directory, [&](const Entry& entry) {
      if (fnmatch(name.c_str(), entry.name, FNM_PERIOD) != 0) return;
      const std::string path = prefix + entry.name;
      entry.is_directory ? add_tree(path, "") : add_file(path);
    });
    if (error) unlisted(directory, error.message());
  }

  // A directory that a glob names is as good as one that is written out.
  void add_found(const fs::path& path, bool is_directory) {
    if (is_directory) return add_tree(path.string(), "");
    add_file(path.string());
    directories_.insert(path.has_parent_path() ? path.parent_path().string() : ".");
  }

  void add_tree(const std::string& root, const std::string& name) {
    std::vector<std::pair<std::string, int>> waiting{{root, 0}};
    while (!waiting.empty()) {
      const std::string directory = waiting.back().first;
      const int level = waiting.back().second;
      waiting.pop_back();
      directories_.insert(directory);
      const std::error_code error = each_entry(directory, [&](const Entry& entry) {
        const std::string base = entry.name;
        if (base.starts_with('.')) return;
        if (entry.is_directory) {
          if (!entry.is_link && level < kMostLevels)
            waiting.emplace_back(joined(directory, base), level + 1);
        } else if (name.empty() ? rules::is_record_path(base)
                                : fnmatch(name.c_str(), base.c_str(), FNM_PERIOD) == 0) {
          add_file(joined(directory, base));
        }
      });
      if (error) unlisted(directory, error.message());
    }
  }

  RecordPaths paths_;
  std::set<std::string> files_;
  std::set<std::string> directories_;
  bool full_ = false;
};

}  // namespace

RecordPaths list_records(const std::vector<std::string>& patterns) {
  Lister lister;
  for (const std::string& pattern : patterns) lister.add(pattern);
  return lister.take();
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

bool names_missing_file(const std::string& pattern) {
  if (pattern.find_first_of("*?[\\") != std::string::npos || pattern.ends_with('/')) return false;
  std::error_code error;
  return fs::status(pattern, error).type() == fs::file_type::not_found &&
         fs::is_directory(fixed_directory(pattern), error);
}

}  // namespace revisitd::collectors
