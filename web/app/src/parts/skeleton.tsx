import css from './skeleton.module.css'

interface SkeletonProps {
  /** Pixels, or any length of CSS. */
  width: number | string
  height: number
  /** For what will be a picture. */
  radius?: string
}

/** Keeps the place of what is still loading. The region around it is `aria-busy`. */
export function Skeleton({ width, height, radius }: SkeletonProps) {
  return <span className={css.skeleton} style={{ width, height, borderRadius: radius }} aria-hidden="true" />
}
