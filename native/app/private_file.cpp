// SPDX-License-Identifier: Apache-2.0
#include "private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace latchkey::app {
namespace {

namespace fs = std::filesystem;

constexpr mode_t private_mode = S_IRUSR | S_IWUSR;
constexpr mode_t permission_bits = 0777;

/** Closes a descriptor at the end. */
class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/** The reason of the last call, as a sentence about a place. */
tl::unexpected<error> refused(const std::string& what, int reason = errno) {
  return fail(errc::configuration_invalid, what + ": " + std::strerror(reason) + ".", "data");
}

/** The folder that a path is in. */
std::string parent_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

/** A file that is replaced as a whole needs its folder, whoever has the file itself. */
tl::unexpected<error> refused_in_folder(const std::string& path, int reason = errno) {
  const std::string message = path + " can't be written: " + std::strerror(reason);
  if (reason != EACCES && reason != EPERM) return fail(errc::configuration_invalid, message + ".", "data");
  return fail(errc::configuration_invalid,
              message + "; the folder " + parent_of(path) +
                  " must be writable, as the file is replaced as a whole. Run the command as root: the file keeps its "
                  "owner.",
              "data");
}

/** Who is to have what root makes here: the folder's owner. Nobody else than root can give anything away. */
result<void> give_to_owner_of(const std::string& folder, int made, const std::string& path) {
  struct stat around {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &around) != 0 || around.st_uid == 0) return {};
  // By its descriptor: by its name somebody else could have put another file there in the meantime.
  if (::fchown(made, around.st_uid, around.st_gid) == 0) return {};
  return refused(path + " can't be given to the owner of its folder");
}

/** Copies an access list beyond owner, group and others; the mode alone would mean something else then. */
result<bool> copy_access_list([[maybe_unused]] const std::string& from, [[maybe_unused]] int to) {
#ifdef __linux__
  constexpr const char* name = "system.posix_acl_access";
  std::array<char, 4096> list{};
  const ssize_t size = ::getxattr(from.c_str(), name, list.data(), list.size());
  if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) return false;
  if (size < 0 || ::fsetxattr(to, name, list.data(), static_cast<std::size_t>(size), 0) != 0) {
    return refused("The access list of " + from + " can't be kept");
  }
  return true;
#else
  return false;
#endif
}

/** Makes the new file as accessible as the old one, and no more. */
result<void> keep_access(const std::string& path, const struct stat& before, int made) {
  struct stat now {};
  const bool is_known = ::fstat(made, &now) == 0;
  const bool is_other = now.st_uid != before.st_uid || now.st_gid != before.st_gid;
  if (!is_known || (is_other && ::fchown(made, before.st_uid, before.st_gid) != 0)) {
    const int reason = errno;
    return fail(errc::configuration_invalid,
                path + " belongs to user " + std::to_string(before.st_uid) + " and group " +
                    std::to_string(before.st_gid) + ", and a new file can't be given to them: " +
                    std::strerror(reason) + ". Run the command as that user, such as with `sudo -u`.",
                "data");
  }
  const auto listed = copy_access_list(path, made);
  if (!listed) return tl::unexpected<error>(listed.error());
  if (*listed || ::fchmod(made, before.st_mode & permission_bits) == 0) return {};
  return refused("The mode of " + path + " can't be kept");
}

result<void> fill(int made, const std::string& text, const std::string& path) {
  if (::write(made, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(made) != 0) {
    return refused(path + " can't be written");
  }
  return {};
}

/** Where a chain of symbolic links leads to. */
result<std::string> resolve(const std::string& path) {
  std::error_code failed;
  if (!fs::is_symlink(path, failed)) return path;
  const fs::path target = fs::canonical(path, failed);
  if (!failed) return target.string();
  return fail(errc::configuration_invalid, path + " is a link that leads nowhere: " + failed.message() + ".", "data");
}

result<void> put_in_place(const std::string& unfinished, const std::string& path, new_file rule) {
  if (rule == new_file::replaces_existing && ::rename(unfinished.c_str(), path.c_str()) == 0) return {};
  // A link fails where the name exists: of two at once one wins, and both use its file.
  if (rule == new_file::keeps_existing && (::link(unfinished.c_str(), path.c_str()) == 0 || fs::exists(path)))
    return {};
  return refused(path + " can't be written");
}

}  // namespace

result<void> write_private_file(const std::string& path, const std::string& text, new_file rule) {
  const auto target = resolve(path);
  if (!target) return tl::unexpected<error>(target.error());
  const std::string unfinished = *target + ".new";
  ::unlink(unfinished.c_str());
  const open_file made(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_mode));
  if (!made.is_open()) return refused_in_folder(*target);
  struct stat before {};
  const bool replaces = rule == new_file::replaces_existing && ::stat(target->c_str(), &before) == 0;
  auto done = replaces ? keep_access(*target, before, made.descriptor())
                       : give_to_owner_of(parent_of(*target), made.descriptor(), *target);
  if (done) done = fill(made.descriptor(), text, *target);
  if (done) done = put_in_place(unfinished, *target, rule);
  ::unlink(unfinished.c_str());
  return done;
}

result<bool> make_private_file(const std::string& path) {
  const open_file made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_mode));
  if (!made.is_open() && errno == EEXIST) return false;
  if (!made.is_open()) return refused(path + " can't be made");
  if (auto given = give_to_owner_of(parent_of(path), made.descriptor(), path); !given) {
    ::unlink(path.c_str());
    return fail(std::move(given));
  }
  return true;
}

result<void> check_writable(const std::string& path) {
  // Not to wait for a reader, if somebody has put a pipe there.
  const open_file opened(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (opened.is_open()) return {};
  const int reason = errno;
  std::string message = path + " can't be opened: " + std::strerror(reason) + ".";
  if (reason == EACCES) message += " Run the command as its owner, such as with `sudo -u`.";
  return fail(errc::store_failed, std::move(message), "store.url");
}

result<void> prepare_folder(const std::string& folder) {
  std::error_code failed;
  if (fs::is_directory(folder, failed)) return {};
  fs::path next = fs::absolute(folder, failed).lexically_normal();
  if (!next.has_filename()) next = next.parent_path();
  std::vector<fs::path> missing;
  for (; !fs::exists(next, failed) && !failed && next != next.root_path(); next = next.parent_path()) {
    missing.push_back(next);
  }
  if (failed) {
    return fail(errc::configuration_invalid, "The data folder " + folder + " can't be made: " + failed.message() + ".",
                "data");
  }
  if (missing.empty()) {
    return fail(errc::configuration_invalid, "The data folder " + folder + " is a file: name a folder with --data.",
                "data");
  }
  for (; !missing.empty(); missing.pop_back()) {
    const std::string path = missing.back().string();
    const mode_t mode = missing.size() == 1 ? S_IRWXU : permission_bits;
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
      return refused("The data folder " + folder + " can't be made");
    const open_file made(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.is_open()) return refused("The data folder " + folder + " can't be made");
    if (auto given = give_to_owner_of(parent_of(path), made.descriptor(), path); !given) return given;
  }
  return {};
}

}  // namespace latchkey::app
