#!/usr/bin/env bash
# Publishes a release: a commit on top of the released one in which action.yml has the image, the
# tag vX.Y.Z on it, the release, and then vX. Each step is skipped if an earlier try did it.
# The commit is made by GitHub's API, which signs it.
# Environment: GH_TOKEN, GITHUB_REPOSITORY, VERSION (1.2.3), NOTES (a file's path). The current
# folder is the released commit's checkout, with the image in action.yml.
set -euo pipefail
repo=repos/$GITHUB_REPOSITORY
tag=v$VERSION
major=${tag%%.*}
released=$(git rev-parse HEAD)

# Prints the commit that a tag is on, or nothing.
commit_of() { gh api "$repo/git/matching-refs/tags/$1" --jq ".[] | select(.ref == \"refs/tags/$1\").object.sha"; }

commit=$(commit_of "$tag")
if [ -z "$commit" ]; then
  blob=$(gh api "$repo/git/blobs" -F content=@action.yml -f encoding=utf-8 --jq .sha)
  base=$(gh api "$repo/git/commits/$released" --jq .tree.sha)
  tree=$(gh api "$repo/git/trees" -f "base_tree=$base" -f 'tree[][path]=action.yml' \
    -f 'tree[][mode]=100644' -f 'tree[][type]=blob' -f "tree[][sha]=$blob" --jq .sha)
  commit=$(gh api "$repo/git/commits" -f "message=Release $tag" -f "tree=$tree" \
    -f "parents[]=$released" --jq .sha)
  gh api "$repo/git/refs" -f "ref=refs/tags/$tag" -f "sha=$commit" --silent
fi
# The tag of an earlier try has to be of this very commit.
parent=$(gh api "$repo/git/commits/$commit" --jq '.parents[0].sha')
if [ "$parent" != "$released" ]; then
  echo "::error title=Not released::$tag is already there, and not on top of $released"
  exit 1
fi

gh release view "$tag" > /dev/null 2>&1 \
  || gh release create "$tag" --verify-tag --title "$tag" --notes-file "$NOTES"

if [ -n "$(commit_of "$major")" ]; then
  gh api --method PATCH "$repo/git/refs/tags/$major" -f "sha=$commit" -F force=true --silent
else
  gh api "$repo/git/refs" -f "ref=refs/tags/$major" -f "sha=$commit" --silent
fi
echo "Released $tag as $commit; $major is there now, too."
