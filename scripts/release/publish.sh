#!/usr/bin/env bash
# Publishes a release: a commit on top of the released one that adds what dist/ holds, the tag vX.Y.Z
# on it, the release, and then vX. Each step is skipped if an earlier try did it.
# Environment: GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SERVER_URL, VERSION (1.2.3), NOTES (a file's
# path). The current folder is the released commit's checkout; the release's files are in assets/.
set -euo pipefail
repo=repos/$GITHUB_REPOSITORY
tag=v$VERSION
major=${tag%%.*}
released=$(git rev-parse HEAD)

# Prints the commit that a tag is on, or nothing.
commit_of() { gh api "$repo/git/matching-refs/tags/$1" --jq ".[] | select(.ref == \"refs/tags/$1\").object.sha"; }

commit=$(commit_of "$tag")
if [ -z "$commit" ]; then
  # Git takes all files at once, to a branch that is gone once a commit holds them.
  export GIT_INDEX_FILE=$PWD/.git/release-index
  git read-tree "$released"
  (cd dist && git --git-dir=../.git --work-tree=. add --force --ignore-removal .)
  tree=$(git write-tree)
  name=(-c user.name=release -c user.email=release@localhost -c commit.gpgsign=false)
  pushed=$(git "${name[@]}" commit-tree "$tree" -p "$released" -m "Release $tag")
  git -c credential.helper= -c 'credential.helper=!gh auth git-credential' push --quiet --force \
    "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "$pushed:refs/heads/releasing-$tag"
  # GitHub's API signs the commits that it makes.
  commit=$(gh api "$repo/git/commits" -f "message=Release $tag" -f "tree=$tree" \
    -f "parents[]=$released" --jq .sha)
  gh api "$repo/git/refs" -f "ref=refs/tags/$tag" -f "sha=$commit" --silent
  gh api --method DELETE "$repo/git/refs/heads/releasing-$tag" --silent
fi
# The tag of an earlier try has to be of this very commit.
parent=$(gh api "$repo/git/commits/$commit" --jq '.parents[0].sha')
if [ "$parent" != "$released" ]; then
  echo "::error title=Not released::$tag is already there, and not on top of $released"
  exit 1
fi

gh release view "$tag" > /dev/null 2>&1 \
  || gh release create "$tag" --verify-tag --title "$tag" --notes-file "$NOTES" assets/*

if [ -n "$(commit_of "$major")" ]; then
  gh api --method PATCH "$repo/git/refs/tags/$major" -f "sha=$commit" -F force=true --silent
else
  gh api "$repo/git/refs" -f "ref=refs/tags/$major" -f "sha=$commit" --silent
fi
echo "Released $tag as $commit; $major is there now, too."
