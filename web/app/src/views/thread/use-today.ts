import { useEffect, useState } from 'react'
import { startOfDay } from './times.ts'

const now = () => startOfDay(Date.now())

/** The day it is. Changes at midnight, and when a page that slept is looked at again. */
export function useToday(): number {
  const [today, setToday] = useState(now)
  useEffect(() => {
    const check = () => setToday(now())
    const untilTomorrow = startOfDay(today + 36 * 3_600_000) - Date.now()
    const timer = setTimeout(check, Math.max(1_000, untilTomorrow + 100))
    document.addEventListener('visibilitychange', check)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', check)
    }
  }, [today])
  return today
}
